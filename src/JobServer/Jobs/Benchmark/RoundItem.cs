namespace JobServer.Jobs.Benchmark;

/// <summary>An item that is one measured round.</summary>
internal sealed class RoundItem(BenchmarkRun run, string contender, int block) : IItemRun
{
    public async ValueTask<ItemResult?> StartAsync(CancellationToken cancellationToken)
    {
        var outcome = await run.MeasureAsync(contender, block, cancellationToken);
        return outcome.IsMeasured
            ? ItemResult.Success(outcome.Round.ToJson(), attempts: 1)
            : ItemResult.Failure(outcome.Failure.Code, outcome.Failure.Detail, outcome.Failure.Host, attempts: 1);
    }

    public Task<ItemResult> GoOnAsync(CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A round never waits before it goes on.");
}
