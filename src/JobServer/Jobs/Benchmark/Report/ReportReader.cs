using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Makes reports of what is recorded, a few at once: each holds a line of every round.</summary>
internal sealed class ReportReader(ResultStore results)
{
    private const int AtOnce = 2;

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _places = new(AtOnce);

    /// <summary>Of a benchmark job, finished or not; null when no place came free in time.</summary>
    /// <param name="other">Another one to compare it with; null for none.</param>
    public async Task<BenchmarkReport?> ReadAsync(Job job, Job? other, CancellationToken cancellationToken)
    {
        if (!await _places.WaitAsync(WaitLimit, cancellationToken))
            return null;
        try
        {
            var own = await ReadAsync(job, cancellationToken);
            return other is null
                ? own.Report
                : own.Report with
                {
                    Comparison = ComparisonBuilder.Build(own, await ReadAsync(other, cancellationToken)),
                };
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Of the job that asks, which is one of few: it waits for no place.</summary>
    public async Task<BenchmarkReport> ReadOwnAsync(Job job, CancellationToken cancellationToken) =>
        (await ReadAsync(job, cancellationToken)).Report;

    private async Task<Compared> ReadAsync(Job job, CancellationToken cancellationToken)
    {
        var settings = BenchmarkSettings.OfArgs(job.Args);
        var builder = new ReportBuilder(settings);
        await foreach (var round in new RecordedRounds(results).ReadAsync(job, cancellationToken))
            builder.Add(round);
        return new Compared(builder.Build(job), settings);
    }
}
