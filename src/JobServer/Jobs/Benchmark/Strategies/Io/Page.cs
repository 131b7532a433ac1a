using JobServer.Outbound;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>A URL, and what it answered first in this run: what every later answer must be the same as.</summary>
/// <param name="url">Passed <see cref="OutboundUrl.Refusal"/>.</param>
/// <param name="headers">Sent with every call.</param>
internal sealed class Page(Uri url, IReadOnlyList<KeyValuePair<string, string>>? headers)
{
    private Answer? _first;

    public Uri Url => url;

    public IReadOnlyList<KeyValuePair<string, string>>? Headers => headers;

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
