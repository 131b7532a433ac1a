using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class FastestTests
{
    /// <summary>Throughput by contender; none in a round that failed.</summary>
    private static FamilyReport Family(int rounds, params (string Name, Func<int, double?> Throughput)[] contenders) =>
        Bench
            .Report(
                Bench.Settings([.. contenders.Select(contender => contender.Name)]) with
                {
                    Rounds = rounds,
                },
                (strategy, block) =>
                    contenders.Single(contender => contender.Name == strategy).Throughput(block) is { } throughput
                        ? Bench.Round(strategy, block, throughput)
                        : null
            )
            .Families.Single();

    [Fact]
    public void The_best_stands_first_and_beside_it_whoever_it_does_not_beat()
    {
        var family = Family(
            8,
            ("io-sequential", _ => 100),
            ("io-threads", block => 291 + block),
            ("io-async", _ => 300),
            ("io-mixed", _ => 280)
        );

        // Seven percent behind is beaten; one percent behind makes no difference.
        Assert.Equal(["io-async", "io-threads"], family.Fastest);
    }

    [Fact]
    public void Whoever_is_not_known_to_be_slower_is_not_beaten()
    {
        var family = Family(
            8,
            ("io-sequential", _ => 100),
            ("io-async", _ => 300),
            ("io-threads", block => block % 2 == 0 ? 200 : 320)
        );

        Assert.Equal(["io-async", "io-threads"], family.Fastest);
    }

    [Fact]
    public void The_baseline_can_be_the_fastest()
    {
        Assert.Equal(["io-async"], Family(8, ("io-async", _ => 300), ("io-threads", _ => 200)).Fastest);
        Assert.Equal(["io-async", "io-threads"], Family(8, ("io-async", _ => 300), ("io-threads", _ => 299)).Fastest);
    }

    [Fact]
    public void With_fewer_than_six_pairs_nobody_is()
    {
        Assert.Empty(Family(5, ("io-sequential", _ => 100), ("io-async", _ => 300)).Fastest);
        Assert.Equal(["io-async"], Family(6, ("io-sequential", _ => 100), ("io-async", _ => 300)).Fastest);
    }

    [Fact]
    public void Whoever_has_fewer_than_six_pairs_is_not_among_them()
    {
        var family = Family(
            8,
            ("io-sequential", _ => 100),
            ("io-async", _ => 300),
            ("io-threads", block => block < 5 ? 900 : null)
        );

        Assert.Equal(["io-async"], family.Fastest);
        Assert.Equal(
            "5 pairs of rounds count; 6 is the fewest that can tell.",
            family.Strategies.Single(strategy => strategy.Name == "io-threads").Explanation
        );
    }

    [Fact]
    public void Without_the_baseline_nobody_is() =>
        Assert.Empty(Family(8, ("io-sequential", _ => null), ("io-async", _ => 300), ("io-threads", _ => 100)).Fastest);
}
