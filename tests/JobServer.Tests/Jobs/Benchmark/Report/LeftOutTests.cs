using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Ledger;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class LeftOutTests
{
    private static readonly BenchmarkSettings Settings = Bench.Settings("io-sequential", "io-async");

    [Fact]
    public void A_failed_round_says_its_code_and_takes_no_other_along()
    {
        var report = Bench.Report(
            Settings,
            (strategy, block) => strategy == "io-async" && block == 2 ? null : Bench.Round(strategy, block)
        );

        var failed = Assert.Single(report.Rounds, round => round.LeftOut is not null);
        Assert.Equal(("io-async", 2, "failed: connect_failed"), (failed.Strategy, failed.Block, failed.LeftOut));
        Assert.Null(failed.Run);
        Assert.Null(failed.StartedAt);
        Assert.Null(failed.Wall);
        Assert.Null(failed.Throughput);
        Assert.Equal((7, 1), (report.Of("io-async").Rounds, report.Of("io-async").LeftOut));
        Assert.Equal((8, 0), (report.Of("io-sequential").Rounds, report.Of("io-sequential").LeftOut));
        Assert.Equal(7, report.Of("io-async").Ratio!.Pairs);
        Assert.Equal((0, 0, 1), Counts(report.Isolation));
    }

    [Fact]
    public void A_round_beside_other_jobs_does_not_count()
    {
        var report = Bench.Report(
            Settings,
            (strategy, block) =>
                Bench.Round(strategy, block, strategy == "io-async" && block < 2 ? 1 : 100, block < 2 ? 9 : 1) with
                {
                    Busy = (strategy, block) switch
                    {
                        ("io-async", 0) => ["fetch"],
                        ("io-async", 1) => ["enrichment", "fetch"],
                        _ => [],
                    },
                }
        );

        Assert.Equal("another queue was busy: fetch", report.Rounds[1].LeftOut);
        Assert.Equal("other queues were busy: enrichment, fetch", report.Rounds[3].LeftOut);
        Assert.Equal(["enrichment", "fetch"], report.Isolation.Busy);
        Assert.Equal((2, 0, 0), Counts(report.Isolation));
        // Neither in its figures nor in its ratio.
        Assert.Equal(1, report.Of("io-async").Wall!.Max, 9);
        Assert.Equal(6, report.Of("io-async").Latency!.Count);
        Assert.Equal(6, report.Of("io-async").Ratio!.Pairs);
        Assert.Equal(1, report.Of("io-async").Ratio!.Low, 9);
    }

    /// <summary>The host was killed in the middle of block 3, and another process went on.</summary>
    [Fact]
    public void A_block_of_two_processes_does_not_count()
    {
        var other = Bench.Machine with { Cores = 2 };
        var report = Bench.Report(
            Settings,
            (strategy, block) =>
                block < 3 || (block == 3 && strategy == "io-sequential")
                    ? Bench.Round(strategy, block)
                    : Bench.Round(strategy, block) with
                    {
                        Run = "second",
                        Environment = block == 3 ? other : null,
                    }
        );

        Assert.Equal([6, 7], report.Rounds.Where(round => round.LeftOut is not null).Select(round => round.Seq));
        Assert.All(
            report.Rounds.Where(round => round.Block == 3),
            round => Assert.Equal("its block was not completed by one process", round.LeftOut)
        );
        Assert.Equal((0, 2, 0), Counts(report.Isolation));
        Assert.Equal([("first", 7), ("second", 9)], report.Runs.Select(run => (run.Run, run.Rounds)));
        Assert.Equal([4, 2], report.Runs.Select(run => run.Environment!.Cores));
        Assert.Equal(Bench.Start.AddSeconds(3), report.Runs[1].StartedAt);
        Assert.Equal(2, report.Environment!.Cores);
        Assert.Contains("The environment changed between runs: cores (4 and 2).", report.Notes);
        Assert.Contains(
            "2 processes measured one after the other, each after a warm-up of its own; only blocks that one of them "
                + "completed are compared.",
            report.Notes
        );
    }

    [Fact]
    public void A_cancelled_job_leaves_its_last_block_out()
    {
        var rounds = Bench.Rounds(Settings, (strategy, block) => Bench.Round(strategy, block)).Take(15);

        var report = Bench.Report(Settings, rounds, JobState.Cancelled);

        Assert.Equal("its block is not complete", report.Rounds[14].LeftOut);
        Assert.Equal((0, 1, 0), Counts(report.Isolation));
        Assert.Contains("The job ended as cancelled after 15 of 16 rounds.", report.Notes);
    }

    [Fact]
    public void A_round_of_no_time_is_too_short()
    {
        var report = Bench.Report(
            Settings,
            (strategy, block) => Bench.Round(strategy, block) with { Wall = block == 0 ? 0 : 1 }
        );

        Assert.Equal("too short to measure", report.Rounds[0].LeftOut);
        Assert.Equal(0, report.Rounds[0].Throughput);
        Assert.Null(report.Rounds[2].LeftOut);
        Assert.Equal((0, 0, 2), Counts(report.Isolation));
    }

    [Fact]
    public void Where_several_reasons_hold_the_most_telling_is_said()
    {
        var report = Bench.Report(
            Settings,
            (strategy, block) =>
                (strategy, block) switch
                {
                    ("io-async", 0) => null,
                    ("io-sequential", 1) => Bench.Round(strategy, block) with { Busy = ["fetch"], Wall = 0 },
                    ("io-sequential", 2) => Bench.Round(strategy, block) with { Busy = ["fetch"], Run = "other" },
                    _ => Bench.Round(strategy, block),
                }
        );

        Assert.Equal(
            [
                null,
                "failed: connect_failed",
                "too short to measure",
                null,
                "another queue was busy: fetch",
                "its block was not completed by one process",
            ],
            report.Rounds.Take(6).Select(round => round.LeftOut)
        );
    }

    [Fact]
    public void Rounds_that_all_failed_leave_a_report_without_figures()
    {
        var report = Bench.Report(Settings, (_, _) => null);

        Assert.Equal((0, 0, 16), Counts(report.Isolation));
        Assert.Empty(report.Runs);
        Assert.Empty(report.Families[0].Fastest);
        Assert.All(
            report.Families[0].Strategies,
            strategy => Assert.Equal((0, 8, null), (strategy.Rounds, strategy.LeftOut, strategy.Throughput))
        );
        Assert.Equal("not enough data", report.Of("io-async").Verdict);
    }

    private static (int Busy, int Broken, int Failed) Counts(Isolation isolation) =>
        (isolation.BusyRounds, isolation.BrokenRounds, isolation.FailedRounds);
}
