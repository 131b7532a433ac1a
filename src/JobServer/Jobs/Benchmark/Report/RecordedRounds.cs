using System.Runtime.CompilerServices;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Reads the rounds of a job in the order in which they ran, of a running one as far as they are recorded.</summary>
internal sealed class RecordedRounds(ResultStore results)
{
    private const int PageRows = 500;
    private const long PageBytes = 4 << 20;

    public async IAsyncEnumerable<RecordedRound> ReadAsync(
        Job job,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var end = await results.CompletedPrefixAsync(job, cancellationToken);
        var inputs = await results.ReadInputsAsync(job.Key, [0], cancellationToken);
        // A job that was erased a moment ago has no plan any more.
        var plan = inputs.TryGetValue(0, out var input) ? PlannedItem.Parse(input) : [];
        var from = 0;
        while (from < end)
        {
            var page = await results.ReadAsync(
                job.Key,
                from,
                end,
                failedOnly: false,
                PageRows,
                PageBytes,
                cancellationToken
            );
            // Items that never ran have no rows, so only an empty page is the last.
            if (page.Count == 0)
                yield break;
            foreach (var item in page.Where(item => item.Seq < plan.Length))
            {
                if (RecordedRound.Of(plan[item.Seq], item) is { } round)
                    yield return round;
            }

            from = page[^1].Seq + 1;
        }
    }
}
