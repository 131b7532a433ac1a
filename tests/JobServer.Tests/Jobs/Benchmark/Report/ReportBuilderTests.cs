using System.Text.Json;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Ledger;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class ReportBuilderTests
{
    [Fact]
    public void Families_come_in_their_order_and_contenders_in_that_of_the_submission()
    {
        var settings = Bench.Settings(
            "delay-async",
            "cpu-threads",
            "io-threads",
            "io-async",
            "cpu-sequential",
            "delay-sequential"
        );

        var report = Bench.Report(settings, (strategy, block) => Bench.Round(strategy, block));

        Assert.Equal(["io", "cpu", "delay"], report.Families.Select(family => family.Name));
        Assert.Equal(["io-threads", "cpu-threads", "delay-async"], report.Families.Select(family => family.Baseline));
        Assert.Equal(
            ["io-threads", "io-async", "cpu-threads", "cpu-sequential", "delay-async", "delay-sequential"],
            report.Families.SelectMany(family => family.Strategies).Select(strategy => strategy.Name)
        );
        Assert.All(report.Families, family => Assert.Equal("throughput", family.ComparedBy));
        Assert.Equal(48, report.Rounds.Count);
        Assert.Equal(Enumerable.Range(0, 48), report.Rounds.Select(round => round.Seq));
        Assert.Equal(["nightly"], report.Job.Tags);
        Assert.Equal((48, 48, "succeeded"), (report.Job.Recorded, report.Job.Total, report.Job.State));
    }

    [Fact]
    public void A_strategy_is_reported_with_the_figures_of_its_rounds()
    {
        var settings = Bench.Settings("io-sequential", "io-async") with { Rounds = 9 };

        // Twice to four times as fast, three times in the middle; all of it slows down from block to block.
        var report = Bench.Report(
            settings,
            (strategy, block) =>
                Bench.Round(
                    strategy,
                    block,
                    strategy == "io-async"
                        ? (
                            block < 3 ? 200
                            : block < 6 ? 300
                            : 400
                        ) / (1 + block / 20.0)
                        : 100 / (1 + block / 20.0)
                ) with
                {
                    Errors = block,
                    ErrorCodes = block == 0 ? null : new Dictionary<string, long> { ["http_404"] = block },
                }
        );

        var async = report.Of("io-async");
        Assert.Equal((9, 0, 0), (async.Rounds, async.LeftOut, async.Outliers));
        Assert.Equal(3, async.Ratio!.Value, 9);
        Assert.InRange(async.Ratio.Low, 1.99, 2.5);
        Assert.InRange(async.Ratio.High, 3.5, 4.01);
        Assert.Equal(9, async.Ratio.Pairs);
        Assert.Equal("faster", async.Verdict);
        Assert.StartsWith("3 times as fast as io-sequential (", async.Explanation, StringComparison.Ordinal);
        Assert.Equal(250, async.Throughput!.Value, 9);
        Assert.Equal(9, async.Wall!.Count);
        Assert.Equal(0.4, async.Wall.Median, 9);
        Assert.Equal(0.5, async.CpuSeconds);
        Assert.Equal(1000, async.AllocatedBytes);
        Assert.Equal([27, 18, 9], async.Collections);
        Assert.Equal(18, async.PeakThreads);
        Assert.Equal(36, async.Errors);
        Assert.Equal([new("http_404", 36L)], async.ErrorCodes);
        Assert.Null(async.Latency);
        var baseline = report.Of("io-sequential");
        Assert.Null(baseline.Ratio);
        Assert.Equal("baseline", baseline.Verdict);
        Assert.Equal("The others of its family are compared with it.", baseline.Explanation);
    }

    [Fact]
    public void Calls_at_a_fixed_rate_are_compared_by_their_p95_latency()
    {
        var settings = Bench.Settings("io-sequential", "io-async", "cpu-sequential") with
        {
            Load = new LoadSettings
            {
                Model = LoadModel.Open,
                Rate = 100,
                Requests = 100,
                MaxRequests = 100,
            },
        };

        // The less of it the faster; the throughput says the opposite, and is not asked.
        var report = Bench.Report(
            settings,
            (strategy, block) =>
                strategy == "io-async" ? Bench.Round(strategy, block, 50, 0.1) : Bench.Round(strategy, block, 100, 0.4)
        );

        Assert.Equal(["p95", "throughput"], report.Families.Select(family => family.ComparedBy));
        Assert.Equal(4, report.Of("io-async").Ratio!.Value, 2);
        Assert.Equal("faster", report.Of("io-async").Verdict);
        Assert.Equal("By p95 latency: 4 times as fast as io-sequential (4 to 4).", report.Of("io-async").Explanation);
        Assert.Equal(["io-async"], report.Families[0].Fastest);
    }

    [Fact]
    public void Latencies_of_all_rounds_are_those_of_their_samples_together()
    {
        var settings = Bench.Settings("io-async");
        double[] Samples(int block) => [.. Enumerable.Range(1, 50).Select(call => call * (block + 1) / 1000.0)];

        var report = Bench.Report(settings, (strategy, block) => Bench.Round(strategy, block, 100, Samples(block)));

        double[] all = [.. Enumerable.Range(0, 8).SelectMany(Samples).Order()];
        var latency = report.Of("io-async").Latency!;
        Assert.Equal(400, latency.Count);
        Near(all[199], latency.P50);
        Near(all[199], latency.Median);
        Near(all[359], latency.P90);
        Near(all[379], latency.P95);
        Near(all[395], latency.P99);
        Near(all[399], latency.P999);
        Near(all[399], latency.Max);
        Near(all.Average(), latency.Mean);
        Near(Math.Sqrt(all.Sum(value => Math.Pow(value - all.Average(), 2)) / 399), latency.StdDev!.Value);
        // The 99.9th needs a thousand.
        Assert.Equal(
            [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 100],
            latency.Curve.Select(point => point.Percentile)
        );
        Near(all[0], latency.Curve[0].Seconds);
        Near(all[39], latency.Curve[1].Seconds);
        Near(all[397], latency.Curve[^2].Seconds);
        Near(all[399], latency.Curve[^1].Seconds);
    }

    [Fact]
    public void An_outlier_is_noted_and_stays_in()
    {
        var settings = Bench.Settings("cpu-sequential");

        var report = Bench.Report(
            settings,
            (strategy, block) => Bench.Round(strategy, block, block == 5 ? 10 : 100 + block)
        );

        Assert.Equal([5], report.Rounds.Where(round => round.IsOutlier).Select(round => round.Block));
        Assert.Equal((8, 1), (report.Of("cpu-sequential").Rounds, report.Of("cpu-sequential").Outliers));
        Assert.Equal(10, report.Of("cpu-sequential").Wall!.Max);
    }

    [Fact]
    public void A_round_that_does_not_count_is_no_outlier()
    {
        var report = Bench.Report(
            Bench.Settings("cpu-sequential"),
            (strategy, block) =>
                Bench.Round(strategy, block, block == 5 ? 10 : 100 + block) with
                {
                    Busy = block == 5 ? ["fetch"] : [],
                }
        );

        Assert.DoesNotContain(report.Rounds, round => round.IsOutlier);
        Assert.Equal(0, report.Of("cpu-sequential").Outliers);
    }

    [Fact]
    public void A_strategy_alone_has_figures_and_nothing_to_compare()
    {
        var report = Bench.Report(Bench.Settings("io-async"), (strategy, block) => Bench.Round(strategy, block));

        Assert.Equal("baseline", report.Of("io-async").Verdict);
        Assert.Equal(
            "It is the only one of its family: there is nothing to compare it with.",
            report.Of("io-async").Explanation
        );
        Assert.Empty(report.Families[0].Fastest);
        Assert.Equal(100, report.Of("io-async").Throughput);
    }

    [Fact]
    public void A_job_without_a_round_has_a_report()
    {
        var settings = Bench.Settings("io-sequential", "io-async") with
        {
            Thresholds = [new ThresholdSettings("p95", "io-async", null, 0.2)],
        };

        var report = Bench.Report(settings, [], JobState.Queued);

        Assert.Empty(report.Rounds);
        Assert.Empty(report.Runs);
        Assert.Null(report.Environment);
        Assert.Empty(report.Families[0].Fastest);
        var async = report.Of("io-async");
        Assert.Equal((0, 0, 0), (async.Rounds, async.LeftOut, async.Outliers));
        Assert.Null(async.Ratio);
        Assert.Null(async.Throughput);
        Assert.Null(async.Wall);
        Assert.Equal("not enough data", async.Verdict);
        Assert.Equal("No pair of rounds counts; 6 is the fewest that can tell.", async.Explanation);
        Assert.Equal(new ThresholdReport("p95", "io-async", null, 0.2, null, null), Assert.Single(report.Thresholds));
        Assert.Contains("The job is queued: these are the figures of the first 0 of 16 rounds.", report.Notes);
    }

    [Fact]
    public void A_running_job_reports_its_rounds_so_far_and_judges_no_threshold()
    {
        var settings = Bench.Settings("io-sequential", "io-async") with
        {
            Thresholds = [new ThresholdSettings("throughput", "io-async", 50, null)],
        };
        var rounds = Bench.Rounds(settings, (strategy, block) => Bench.Round(strategy, block)).ToList();

        var running = Bench.Report(settings, rounds.Take(13), JobState.Running);
        var done = Bench.Report(settings, rounds);

        Assert.Equal(6, running.Of("io-async").Rounds);
        Assert.Equal("no practical difference", running.Of("io-async").Verdict);
        Assert.Equal("its block is not complete", running.Rounds[12].LeftOut);
        Assert.Contains("The job is running: these are the figures of the first 13 of 16 rounds.", running.Notes);
        Assert.Equal((100, null), (running.Thresholds[0].Value, running.Thresholds[0].Passed));
        Assert.Equal((100, true), (done.Thresholds[0].Value, done.Thresholds[0].Passed));
        Assert.DoesNotContain(done.Notes, note => note.StartsWith("The job", StringComparison.Ordinal));
    }

    [Fact]
    public void Whatever_was_measured_can_be_written_as_json()
    {
        var settings = Bench.Settings("io-sequential", "io-async") with { Rounds = 10 };
        double[] walls = [0, double.Epsilon, 1e-300, 1e300, double.MaxValue, 1, 1, 1, 1, -1];
        long[] units = [0, 1, long.MaxValue, 1, long.MaxValue, 0, 1, 1, 1, 1];

        var report = Bench.Report(
            settings,
            (strategy, block) =>
                Bench.Round(strategy, block, 100, block % 2 == 0 ? [] : [0.1]) with
                {
                    Wall = walls[block],
                    Units = units[block],
                }
        );
        var compared = report with
        {
            Comparison = ComparisonBuilder.Build(new Compared(report, settings), new Compared(report, settings)),
        };

        var json = JsonSerializer.Serialize(compared, JsonSerializerOptions.Web);
        var read = JsonSerializer.Deserialize<BenchmarkReport>(json, JsonSerializerOptions.Web)!;
        Assert.Equal(json, JsonSerializer.Serialize(read, JsonSerializerOptions.Web));
        Assert.Equal(
            [true, true, true, true, true, true, false, false, false, true],
            report.Rounds.Where(round => round.Strategy == "io-async").Select(round => round.LeftOut is not null)
        );
        Assert.Equal("too short to measure", report.Rounds[0].LeftOut);
    }

    private static void Near(double expected, double actual) => Assert.Equal(1, actual / expected, 2e-3);
}
