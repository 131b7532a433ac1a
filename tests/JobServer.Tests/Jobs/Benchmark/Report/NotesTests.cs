using JobServer.Jobs.Benchmark;

namespace JobServer.Tests.Jobs.Benchmark.Report;

public sealed class NotesTests
{
    private static readonly BenchmarkSettings Settings = Bench.Settings("io-sequential", "io-async");

    [Fact]
    public void Nothing_is_noted_of_a_job_that_went_well() =>
        Assert.Empty(Bench.Report(Settings, (strategy, block) => Bench.Round(strategy, block, 100, 0.1)).Notes);

    [Theory]
    [InlineData(5, "Of each strategy 5 rounds were asked for; with fewer than 6 no verdict can be given.")]
    [InlineData(1, "Of each strategy 1 round was asked for; with fewer than 6 no verdict can be given.")]
    public void Too_few_rounds_were_asked_for(int rounds, string expected) =>
        Assert.Equal(
            [expected],
            Bench.Report(Settings with { Rounds = rounds }, (strategy, block) => Bench.Round(strategy, block)).Notes
        );

    [Fact]
    public void One_strategy_needs_no_more_rounds() =>
        Assert.Empty(
            Bench
                .Report(
                    Bench.Settings("io-async") with
                    {
                        Rounds = 5,
                    },
                    (strategy, block) => Bench.Round(strategy, block)
                )
                .Notes
        );

    [Fact]
    public void Nothing_was_warmed_up() =>
        Assert.Equal(
            ["No warm-up was asked for: the first rounds hold the cost of starting."],
            Bench.Report(Settings with { Warmup = 0 }, (strategy, block) => Bench.Round(strategy, block)).Notes
        );

    [Fact]
    public void Many_rounds_do_not_count()
    {
        string[] Notes(int failing) =>
            [
                .. Bench
                    .Report(
                        Settings with
                        {
                            Rounds = 10,
                        },
                        (strategy, block) =>
                            block < failing && strategy == "io-async" ? null : Bench.Round(strategy, block)
                    )
                    .Notes,
            ];

        Assert.Empty(Notes(4));
        Assert.Equal(["5 of 20 rounds do not count; each says why. Fewer that count tell less."], Notes(5));
    }

    [Fact]
    public void The_baseline_has_no_round() =>
        Assert.Contains(
            "No round of io-sequential counts, and without the baseline nothing can be compared.",
            Bench
                .Report(
                    Settings,
                    (strategy, block) => strategy == "io-sequential" ? null : Bench.Round(strategy, block)
                )
                .Notes
        );

    [Theory]
    [InlineData(0.0011, 1e-9, null)]
    [InlineData(
        0.0009,
        1e-9,
        "A round of cpu-vectorized lasts less than 1 ms, so most of what differs is noise; give it more to do."
    )]
    [InlineData(
        0.0011,
        2e-6,
        "A round of cpu-vectorized lasts less than 1000 ticks of the clock that measures it; give it more to do."
    )]
    public void Rounds_are_too_short_to_tell(double wall, double resolution, string? expected)
    {
        var report = Bench.Report(
            Bench.Settings("cpu-vectorized") with
            {
                Strategies = [new StrategySettings("cpu-vectorized", "cpu-vectorized", 1)],
            },
            (strategy, block) =>
                Bench.Round(strategy, block) with
                {
                    Wall = wall,
                    Environment = Bench.Machine with { TimerResolution = resolution },
                }
        );

        Assert.Equal(expected, report.Notes.SingleOrDefault());
    }

    [Fact]
    public void More_threads_compute_than_there_are_cores()
    {
        var settings = Bench.Settings("cpu-threads", "io-async") with
        {
            Strategies =
            [
                new("cpu-threads", "cpu-threads", 5),
                new("four", "cpu-parallel", 4),
                new("io", "io-async", 99),
            ],
            Baselines = new Dictionary<string, string> { ["cpu"] = "cpu-threads", ["io"] = "io" },
        };

        var report = Bench.Report(settings, (strategy, block) => Bench.Round(strategy, block));

        Assert.Equal(["cpu-threads ran 5 threads on 4 cores."], report.Notes);
    }

    [Fact]
    public void Many_calls_failed()
    {
        string[] Notes(long errors) =>
            [
                .. Bench
                    .Report(
                        Bench.Settings("io-async"),
                        (strategy, block) =>
                            Bench.Round(strategy, block, 100, [.. Enumerable.Repeat(0.1, 100)]) with
                            {
                                Errors = errors,
                            }
                    )
                    .Notes,
            ];

        Assert.Empty(Notes(1));
        Assert.Equal(
            [
                "16 of 800 calls of io-async failed; its latencies are of all of them, and failures may take less time "
                    + "than answers, or more.",
            ],
            Notes(2)
        );
    }
}
