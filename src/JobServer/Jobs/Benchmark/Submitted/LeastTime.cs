using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Jobs.Benchmark.Submitted;

/// <summary>How long a benchmark takes even if every call and computation ended at once.</summary>
internal static class LeastTime
{
    public static TimeSpan Of(BenchmarkSettings settings)
    {
        var round = settings.Strategies.Sum(contender => Seconds(contender, settings));
        return TimeSpan.FromSeconds(round * (settings.Rounds + settings.Warmup));
    }

    private static double Seconds(StrategySettings contender, BenchmarkSettings settings) =>
        Contenders.FamilyOf(contender) switch
        {
            Families.Delay => Math.Ceiling((double)settings.Delays / contender.Concurrency)
                * settings.Delay.TotalSeconds,
            Families.Io => settings.Load.Duration?.TotalSeconds
                ?? (settings.Load.Requests - 1) / settings.Load.Rate
                ?? 0,
            _ => 0,
        };
}
