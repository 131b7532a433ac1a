using System.Runtime.CompilerServices;
using System.Text.Json;
using JobServer.Ledger;

namespace JobServer.Jobs.Results;

/// <summary>Reads the items of a batched job in order: from the runs they were recorded in, the failed ones from rows of their own.</summary>
internal sealed class OutputReader(ResultStore results, OutputStore outputs, IBatchKind kind, Job job)
{
    private const int PageRows = 500;
    private const long PageBytes = 4 << 20;

    private readonly Func<int, string?> _keyOf = kind.KeysOf(job);

    /// <summary>Lines with this state only, or all when it is null. Each element is one page.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ResultLine>> ReadAsync(
        string? state,
        int from,
        int end,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (state == ResultLine.Failed)
        {
            await foreach (var page in ReadFailedAsync(from, end, cancellationToken))
                yield return page;
            yield break;
        }

        while (from < end)
        {
            var run = await outputs.FindAsync(job.Key, from, cancellationToken);
            // Items that no run holds were failed as they stood, or never run.
            var gap = Math.Min(run?.FirstSeq ?? end, end);
            for (; from < gap; from = Math.Min(from + PageRows, gap))
                yield return Filter(await ReadGapAsync(from, Math.Min(from + PageRows, gap), cancellationToken), state);
            if (run is null || from >= end)
                continue;
            var to = Math.Min(run.FirstSeq + run.Count, end);
            yield return Filter(await ReadRunAsync(run, from, to, cancellationToken), state);
            from = to;
        }
    }

    private static List<ResultLine> Filter(List<ResultLine> lines, string? state)
    {
        if (state is not null)
            lines.RemoveAll(line => line.State != state);
        return lines;
    }

    private async IAsyncEnumerable<List<ResultLine>> ReadFailedAsync(
        int from,
        int to,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (from < to)
        {
            var items = await results.ReadAsync(job.Key, from, to, true, PageRows, PageBytes, cancellationToken);
            if (items.Count == 0)
                yield break;
            yield return [.. items.Select(item => ResultLine.Of(item, _keyOf(item.Seq)))];
            from = items[^1].Seq + 1;
        }
    }

    private async Task<List<ResultLine>> ReadGapAsync(int from, int to, CancellationToken cancellationToken)
    {
        var failed = await FailedAsync(from, to, cancellationToken);
        return
        [
            .. Enumerable
                .Range(from, to - from)
                .Select(seq => failed.TryGetValue(seq, out var line) ? line : ResultLine.OfNotRun(seq, _keyOf(seq))),
        ];
    }

    private async Task<List<ResultLine>> ReadRunAsync(Output run, int from, int to, CancellationToken cancellationToken)
    {
        Dictionary<int, ResultLine>? failed = null;
        var lines = new List<ResultLine>(to - from);
        var content = run.Content.AsMemory();
        var columns = ColumnsOf(Cut(ref content));
        for (var seq = run.FirstSeq; seq < to; seq++)
        {
            var value = Cut(ref content);
            if (seq < from)
                continue;
            if (value.IsEmpty)
            {
                failed ??= await FailedAsync(seq, to, cancellationToken);
                lines.Add(failed[seq]);
                continue;
            }

            lines.Add(
                new ResultLine(seq, _keyOf(seq), ResultLine.Succeeded, value, columns, null, null, 1, run.DurationMs)
            );
        }

        return lines;
    }

    private async Task<Dictionary<int, ResultLine>> FailedAsync(int from, int to, CancellationToken cancellationToken)
    {
        var failed = new Dictionary<int, ResultLine>();
        await foreach (var page in ReadFailedAsync(from, to, cancellationToken))
        {
            foreach (var line in page)
                failed.Add(line.Seq, line);
        }

        return failed;
    }

    private static ReadOnlyMemory<byte> Cut(ref Memory<byte> content)
    {
        var end = content.Span.IndexOf((byte)'\n');
        var line = content[..end];
        content = content[(end + 1)..];
        return line;
    }

    private static ValueColumns? ColumnsOf(ReadOnlyMemory<byte> header) =>
        JsonSerializer.Deserialize<string[]?>(header.Span) is { } names ? new ValueColumns(names) : null;
}
