using System.Text.Json;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>An item that judges what all rounds before it came to.</summary>
internal sealed class ThresholdItem(Job job, ThresholdSettings threshold, BenchmarkServices services) : IItemRun
{
    public async ValueTask<ItemResult?> StartAsync(CancellationToken cancellationToken)
    {
        var report = await services.Patience.RunAsync(
            token => services.Reports.ReadOwnAsync(job, token),
            cancellationToken
        );
        var contender = report
            .Families.SelectMany(family => family.Strategies)
            .First(strategy => strategy.Name == threshold.Strategy);
        var check = ThresholdCheck.Of(threshold, contender);
        var judged = new ThresholdReport(
            threshold.Metric,
            threshold.Strategy,
            threshold.Min,
            threshold.Max,
            check.Value,
            check.Passed
        );
        return check.Passed
            ? ItemResult.Success(JsonSerializer.SerializeToUtf8Bytes(judged, JsonSerializerOptions.Web), attempts: 1)
            : ItemResult.Failure("threshold_failed", check.Sentence, host: null, attempts: 1);
    }

    public Task<ItemResult> GoOnAsync(CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A threshold never waits before it is judged.");
}
