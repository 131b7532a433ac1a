using JobServer.Jobs.Benchmark.Strategies.Cpu;
using JobServer.Jobs.Benchmark.Strategies.Delay;
using JobServer.Jobs.Benchmark.Strategies.Io;

namespace JobServer.Jobs.Benchmark.Strategies;

/// <summary>All strategies there are.</summary>
internal static class StrategyTypes
{
    /// <summary>By family, the plain one first.</summary>
    public static IReadOnlyList<IStrategy> All { get; } =
    [
        new IoSequential(),
        new IoAsync(),
        new IoThreads(),
        new IoMixed(),
        new CpuSequential(),
        new CpuThreads(),
        new CpuParallel(),
        new CpuVectorized(),
        new DelaySequential(),
        new DelayAsync(),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(strategy => strategy.Name)];

    public static IStrategy? Find(string name) => All.FirstOrDefault(strategy => strategy.Name == name);
}
