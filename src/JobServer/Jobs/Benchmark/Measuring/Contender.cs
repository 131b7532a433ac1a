using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>What a submission calls a contender, and the strategy that stands for it.</summary>
internal sealed record Contender(StrategySettings Settings, IStrategy Strategy)
{
    /// <summary>Those of a job, each with the strategy of its type.</summary>
    /// <exception cref="InvalidOperationException">A type is not one of <see cref="StrategyTypes"/>.</exception>
    public static IReadOnlyList<Contender> Of(BenchmarkSettings settings) =>
        [
            .. settings.Strategies.Select(strategy => new Contender(
                strategy,
                StrategyTypes.Find(strategy.Strategy)
                    ?? throw new InvalidOperationException($"There is no strategy '{strategy.Strategy}'.")
            )),
        ];
}
