using JobServer.Outbound;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>A URL, and what it answered first in this run: what every later answer must be the same as.</summary>
/// <param name="text">Passed <see cref="OutboundUrl.Refusal"/>.</param>
internal sealed class Page(string text)
{
    private Answer? _first;

    public Uri Url { get; } = new(text);

    /// <summary>Whether this is the first answer, or the same as it.</summary>
    /// <param name="digest">Of the body; empty where bodies may differ.</param>
    public bool Expects(int status, ReadOnlySpan<byte> digest)
    {
        if (Volatile.Read(ref _first) is not { } first)
        {
            var answer = new Answer(status, digest.ToArray());
            first = Interlocked.CompareExchange(ref _first, answer, null) ?? answer;
        }

        return first.Status == status && digest.SequenceEqual(first.Digest);
    }

    private sealed record Answer(int Status, byte[] Digest);
}
