using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class ThresholdCheckTests
{
    /// <summary>Latencies of 1 to 100 ms in each round; 5 of 105 calls fail; twice as fast as the baseline.</summary>
    private static readonly BenchmarkReport Report = Bench.Report(
        Bench.Settings("io-sequential", "io-async", "cpu-sequential"),
        (strategy, block) =>
            strategy == "cpu-sequential"
                ? Bench.Round(strategy, block)
                : Bench.Round(
                    strategy,
                    block,
                    strategy == "io-async" ? 200 : 100,
                    [.. Enumerable.Range(1, 100).Select(call => call / 1000.0)]
                ) with
                {
                    Errors = 5,
                }
    );

    [Fact]
    public void Every_metric_is_the_figure_of_the_report()
    {
        var strategy = Report.Of("io-async");

        var values = Metrics.Names.Select(name => (name, Metrics.Find(name)!.Of(strategy))).ToDictionary();

        Assert.Equal(
            ["p50", "p90", "p95", "p99", "p999", "max", "mean", "wall", "throughput", "errorRate", "ratio"],
            Metrics.Names
        );
        Assert.Equal(strategy.Latency!.P50, values["p50"]);
        Assert.Equal(strategy.Latency.P90, values["p90"]);
        Assert.Equal(strategy.Latency.P95, values["p95"]);
        Assert.Equal(strategy.Latency.P99, values["p99"]);
        Assert.Equal(strategy.Latency.P999, values["p999"]);
        Assert.Equal(strategy.Latency.Max, values["max"]);
        Assert.Equal(strategy.Latency.Mean, values["mean"]);
        Assert.Equal(0.5, values["wall"]);
        Assert.Equal(200, values["throughput"]);
        Assert.Equal(0.05, values["errorRate"]);
        Assert.Equal(2, values["ratio"]!.Value, 9);
        Assert.Equal(
            ["p50", "p90", "p95", "p99", "p999", "max", "mean", "wall"],
            Metrics.Names.Where(name => Metrics.Find(name)!.IsDuration)
        );
        Assert.Equal(
            ["p50", "p90", "p95", "p99", "p999", "max", "mean"],
            Metrics.Names.Where(name => Metrics.Find(name)!.NeedsLatency)
        );
        Assert.Null(Metrics.Find("p42"));
    }

    [Fact]
    public void Computing_has_no_latencies_and_no_errors()
    {
        var strategy = Report.Of("cpu-sequential");

        Assert.All(
            Metrics.Names.Where(name => Metrics.Find(name)!.NeedsLatency),
            name => Assert.Null(Metrics.Find(name)!.Of(strategy))
        );
        Assert.Equal(0, Metrics.Find("errorRate")!.Of(strategy));
    }

    [Theory]
    [InlineData(null, 200.0, true)]
    [InlineData(200.0, null, true)]
    [InlineData(200.0, 200.0, true)]
    [InlineData(null, 199.999, false)]
    [InlineData(200.001, null, false)]
    [InlineData(100.0, 199.0, false)]
    [InlineData(201.0, 300.0, false)]
    public void A_bound_itself_is_within(double? min, double? max, bool passed)
    {
        var check = ThresholdCheck.Of(new ThresholdSettings("throughput", "io-async", min, max), Report.Of("io-async"));

        Assert.Equal((200, passed), (check.Value, check.Passed));
    }

    [Theory]
    [InlineData("wall", null, 0.2, "wall of io-async was 0.5 s; at most 0.2 s was asked for.")]
    [InlineData(
        "throughput",
        250.5,
        300.0,
        "throughput of io-async was 200 per second; at least 250.5 per second and at most 300 per second was asked for."
    )]
    [InlineData("errorRate", null, 0.01, "errorRate of io-async was 0.05; at most 0.01 was asked for.")]
    [InlineData("ratio", 3.0, null, "ratio of io-async was 2; at least 3 was asked for.")]
    public void It_is_said_in_a_sentence(string metric, double? min, double? max, string expected) =>
        Assert.Equal(
            expected,
            ThresholdCheck.Of(new ThresholdSettings(metric, "io-async", min, max), Report.Of("io-async")).Sentence
        );

    [Fact]
    public void A_value_a_little_beyond_its_bound_does_not_read_like_it()
    {
        var report = Bench.Report(
            Bench.Settings("io-async"),
            (strategy, block) => Bench.Round(strategy, block) with { Wall = 0.2000123 }
        );

        Assert.Equal(
            "wall of io-async was 0.2000123 s; at most 0.2 s was asked for.",
            ThresholdCheck.Of(new ThresholdSettings("wall", "io-async", null, 0.2), report.Of("io-async")).Sentence
        );
    }

    [Theory]
    [InlineData("p95", "p95 of io-async has no value: none of its rounds counts.")]
    [InlineData("errorRate", "errorRate of io-async has no value: none of its rounds counts.")]
    [InlineData("wall", "wall of io-async has no value: none of its rounds counts.")]
    public void No_value_is_within_no_bound(string metric, string expected)
    {
        var report = Bench.Report(Bench.Settings("io-async"), (_, _) => null);

        var check = ThresholdCheck.Of(
            new ThresholdSettings(metric, "io-async", null, double.MaxValue),
            report.Of("io-async")
        );

        Assert.Equal((null, false, expected), (check.Value, check.Passed, check.Sentence));
    }

    [Fact]
    public void A_baseline_has_no_ratio() =>
        Assert.Equal(
            "ratio of io-sequential has no value: no round of it counts together with one of the baseline's, or it is "
                + "the baseline.",
            ThresholdCheck
                .Of(new ThresholdSettings("ratio", "io-sequential", 1, null), Report.Of("io-sequential"))
                .Sentence
        );

    [Fact]
    public void A_report_has_them_all()
    {
        var settings = Bench.Settings("io-async") with
        {
            Thresholds =
            [
                new ThresholdSettings("throughput", "io-async", 100, null),
                new ThresholdSettings("wall", "io-async", null, 0.9),
            ],
        };

        var report = Bench.Report(settings, (strategy, block) => Bench.Round(strategy, block));

        Assert.Equal(
            [
                new ThresholdReport("throughput", "io-async", 100, null, 100, true),
                new ThresholdReport("wall", "io-async", null, 0.9, 1, false),
            ],
            report.Thresholds
        );
    }
}
