using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Ledger;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class ComparisonBuilderTests
{
    private const string NotInTurns =
        "The jobs ran within two minutes. Their rounds did not take turns, so whatever changed in between is part of every "
        + "difference.";

    private static readonly BenchmarkSettings Settings = Bench.Settings("io-sequential", "io-async");

    [Fact]
    public void Strategies_that_did_the_same_work_have_a_ratio()
    {
        var comparison = Compare(Job(Settings, 300, 0.1), Job(Settings, 100, 0.4));

        Assert.Equal(["io-sequential", "io-async"], comparison.Strategies.Select(strategy => strategy.Name));
        var strategy = comparison.Strategies[1];
        Assert.Equal(("io", "faster"), (strategy.Family, strategy.Verdict));
        Assert.Equal("3 times as fast as in the other job (3 to 3).", strategy.Explanation);
        Assert.Equal((300.0, 100.0), (strategy.Throughput!.Value, strategy.Other!.Value));
        Assert.Equal(0.1, strategy.P95!.Value, 3);
        Assert.Equal(0.4, strategy.OtherP95!.Value, 3);
        Assert.Equal((3, 8), (Math.Round(strategy.Ratio!.Value, 9), strategy.Ratio.Pairs));
        Assert.Equal([NotInTurns], comparison.Notes);
    }

    [Fact]
    public void The_other_way_round_it_is_slower()
    {
        var strategy = Compare(Job(Settings, 100), Job(Settings, 300)).Strategies[0];

        Assert.Equal("slower", strategy.Verdict);
        Assert.Equal("Takes 3 times as long as in the other job (3 to 3).", strategy.Explanation);
    }

    [Fact]
    public void Calls_at_a_fixed_rate_are_compared_by_their_p95_latency()
    {
        var open = Settings with
        {
            Load = new LoadSettings
            {
                Model = LoadModel.Open,
                Rate = 10,
                Requests = 100,
            },
        };

        var strategy = Compare(Job(open, 100, 0.4), Job(open, 100, 0.1)).Strategies[0];

        Assert.Equal(("slower", 0.25), (strategy.Verdict, Math.Round(strategy.Ratio!.Value, 2)));
        Assert.Equal("By p95 latency: takes 4 times as long as in the other job (4 to 4).", strategy.Explanation);
    }

    public static TheoryData<string, string> OtherWork =>
        new()
        {
            { "urls", "io" },
            { "load", "io" },
            { "check", "io" },
            { "numbers", "cpu" },
            { "delays", "delay" },
            { "delay", "delay" },
        };

    [Theory]
    [MemberData(nameof(OtherWork))]
    public void Strategies_that_did_other_work_have_none(string difference, string family)
    {
        var settings = Bench.Settings("io-async", "cpu-threads", "delay-async");
        var other = difference switch
        {
            "urls" => settings with { Urls = ["http://b/"] },
            "load" => settings with { Load = settings.Load with { Requests = 7 } },
            "check" => settings with { Check = AnswerCheck.Status },
            "numbers" => settings with { Numbers = 7 },
            "delays" => settings with { Delays = 7 },
            _ => settings with { Delay = TimeSpan.FromSeconds(7) },
        };

        var comparison = Compare(Job(settings, 300), Job(other, 100));

        var differing = comparison.Strategies.Single(strategy => strategy.Family == family);
        Assert.Null(differing.Ratio);
        Assert.Equal("not enough data", differing.Verdict);
        Assert.Equal($"The jobs did other work: {difference} differ.", differing.Explanation);
        Assert.Equal((300.0, 100.0), (differing.Throughput!.Value, differing.Other!.Value));
        Assert.All(
            comparison.Strategies.Where(strategy => strategy.Family != family),
            strategy => Assert.Equal("faster", strategy.Verdict)
        );
    }

    [Fact]
    public void Only_the_same_name_of_the_same_type_is_the_same_strategy()
    {
        var other = Settings with
        {
            Strategies =
            [
                new("io-sequential", "io-threads", 10),
                new("another", "io-async", 10),
                new("io-async", "io-async", 10),
            ],
            Baselines = new Dictionary<string, string> { ["io"] = "another" },
        };

        Assert.Equal(["io-async"], Compare(Job(Settings), Job(other)).Strategies.Select(strategy => strategy.Name));
    }

    [Fact]
    public void Without_a_strategy_in_common_only_that_is_said()
    {
        var comparison = Compare(Job(Settings), Job(Bench.Settings("cpu-threads")));

        Assert.Empty(comparison.Strategies);
        Assert.Equal(["The jobs have no strategy in common, by name and type."], comparison.Notes);
    }

    [Fact]
    public void Too_few_rounds_of_either_cannot_tell()
    {
        var few = Settings with { Rounds = 5 };

        var strategy = Compare(Job(Settings), Job(few)).Strategies[0];

        Assert.Equal("not enough data", strategy.Verdict);
        Assert.Equal("In one of the jobs: 5 rounds count; 6 is the fewest that can tell.", strategy.Explanation);
        Assert.Equal(5, strategy.Ratio!.Pairs);
    }

    [Fact]
    public void Rounds_that_do_not_count_are_not_compared()
    {
        var busy = Bench.Report(
            Settings,
            (name, block) => Bench.Round(name, block, block == 0 ? 1 : 100) with { Busy = block == 0 ? ["fetch"] : [] }
        );

        var strategy = Compare(new Compared(busy, Settings), Job(Settings)).Strategies[0];

        Assert.Equal(7, strategy.Ratio!.Pairs);
        Assert.Equal(1, strategy.Ratio.Low, 9);
    }

    [Fact]
    public void What_else_differs_is_noted()
    {
        var settings = Settings with
        {
            Strategies = [Settings.Strategies[0], Settings.Strategies[1] with { Concurrency = 50 }],
            ItemTimeout = TimeSpan.FromSeconds(1),
        };
        var report = Bench.Report(
            settings,
            Bench.Rounds(
                settings,
                (name, block) =>
                    Bench.Round(name, block) with
                    {
                        Environment = Bench.Machine with { Cores = 2, Limits = "1 core", Version = "0.2.0" },
                    }
            ),
            JobState.Running
        );
        var other = report with { Job = report.Job with { StartedAt = Bench.Start.AddDays(-3), FinishedAt = null } };

        Assert.Equal(
            [
                NotInTurns.Replace("within two minutes", "3 days apart", StringComparison.Ordinal),
                "They ran in other environments: cores (4 and 2), limits (unknown and 1 core), version (0.1.0 and 0.2.0).",
                "The concurrency of io-async was 10, and 50 in the other job.",
                "The other job has not ended: its figures are of the rounds so far.",
                "The options of their calls differ: itemTimeout or maxBodyBytes.",
            ],
            Compare(Job(Settings), new Compared(other, settings)).Notes
        );
    }

    [Theory]
    [InlineData(119, "within two minutes")]
    [InlineData(120, "2 minutes apart")]
    [InlineData(7200, "2 hours apart")]
    [InlineData(172_800, "2 days apart")]
    public void How_far_they_are_apart_is_said(int seconds, string expected)
    {
        var other = Job(Settings);
        var job = other.Report.Job with { StartedAt = Bench.Start.AddSeconds(seconds) };

        var notes = Compare(Job(Settings), other with { Report = other.Report with { Job = job } }).Notes;

        Assert.Contains(expected, notes[0], StringComparison.Ordinal);
    }

    private static ComparisonReport Compare(Compared own, Compared other) => ComparisonBuilder.Build(own, other);

    private static Compared Job(BenchmarkSettings settings, double throughput = 100, params double[] latencies) =>
        new(Bench.Report(settings, (strategy, block) => Bench.Round(strategy, block, throughput, latencies)), settings);
}
