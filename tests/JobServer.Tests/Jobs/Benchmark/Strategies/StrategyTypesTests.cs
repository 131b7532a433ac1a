using JobServer.Jobs.Benchmark.Strategies;

namespace JobServer.Tests.Jobs.Benchmark.Strategies;

public sealed class StrategyTypesTests
{
    [Fact]
    public void Every_strategy_is_found_by_its_name()
    {
        Assert.All(StrategyTypes.Names, name => Assert.Equal(name, StrategyTypes.Find(name)?.Name));
        Assert.Equal(StrategyTypes.Names.Count, StrategyTypes.Names.Distinct().Count());
        Assert.Null(StrategyTypes.Find("io-magic"));
    }

    [Fact]
    public void Name_begins_with_the_family()
    {
        Assert.All(
            StrategyTypes.All,
            strategy => Assert.StartsWith($"{strategy.Family}-", strategy.Name, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void No_strategy_of_the_source_is_forgotten()
    {
        var types = typeof(IStrategy)
            .Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IStrategy)))
            .ToHashSet();

        Assert.NotEmpty(types);
        Assert.True(types.SetEquals(StrategyTypes.All.Select(strategy => strategy.GetType())));
    }

    [Fact]
    public void Concurrency_is_for_those_that_can_be_told()
    {
        Assert.Equal(
            ["io-async", "io-threads", "io-mixed", "cpu-threads", "delay-async"],
            StrategyTypes.All.Where(strategy => strategy.HasConcurrency).Select(strategy => strategy.Name)
        );
    }
}
