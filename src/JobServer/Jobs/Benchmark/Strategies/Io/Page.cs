using JobServer.Outbound;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>A URL, and what it answered first in this run: what every later answer must be the same as.</summary>
/// <param name="text">Passed <see cref="OutboundUrl.Refusal"/>.</param>
internal sealed class Page(string text)
{
    private Answer? _first;

    public Uri Url { get; } = new(text);

    /// <summary>Whether this is the first answer, or the same as it.</summary>
    /// <param name="content">The body, or its hash; empty where bodies may differ.</param>
    public bool Expects(int status, ReadOnlySpan<byte> content)
    {
        if (Volatile.Read(ref _first) is not { } first)
        {
            var answer = new Answer(status, content.ToArray());
            first = Interlocked.CompareExchange(ref _first, answer, null) ?? answer;
        }

        return first.Status == status && content.SequenceEqual(first.Content);
    }

    private sealed record Answer(int Status, byte[] Content);
}
