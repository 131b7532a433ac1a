using JobServer.Jobs.Benchmark;
using static JobServer.Tests.Jobs.Benchmark.Submitted.SubmittedBenchmark;

namespace JobServer.Tests.Jobs.Benchmark.Submitted;

public sealed class BenchmarkSubmissionTests
{
    private const string Url = "\"urls\": [\"http://allowed.example/a\"]";

    [Fact]
    public void Strategies_alone_are_enough()
    {
        var settings = Accepted("""{"strategies": ["delay-sequential", "delay-async"]}""");

        Assert.Equal(
            [new StrategySettings("delay-sequential", "delay-sequential", 1), new("delay-async", "delay-async", 10)],
            settings.Strategies
        );
        Assert.Equal(20, settings.Rounds);
        Assert.Equal(3, settings.Warmup);
        Assert.Equal(5, settings.TolerancePercent);
        Assert.Equal(TimeSpan.FromMinutes(10), settings.JobTimeout);
        Assert.Equal("delay-sequential", settings.Baselines["delay"]);
        Assert.InRange(settings.Seed, 0, int.MaxValue);
    }

    [Fact]
    public void Contenders_have_names_and_concurrency_of_their_own()
    {
        var settings = Accepted(
            $$"""
            {"strategies": ["io-async", {"strategy": "io-async", "name": "fifty", "concurrency": 50},
              {"strategy": "cpu-threads"}, "cpu-parallel"], {{Url}}, "concurrency": 7}
            """
        );

        Assert.Equal(
            [
                new("io-async", "io-async", 7),
                new("fifty", "io-async", 50),
                // More threads than cores make nothing faster.
                new("cpu-threads", "cpu-threads", Environment.ProcessorCount),
                new StrategySettings("cpu-parallel", "cpu-parallel", 1),
            ],
            settings.Strategies
        );
    }

    [Fact]
    public void Baseline_is_the_one_named_or_the_sequential_one_or_the_first()
    {
        var settings = Accepted(
            """
            {"strategies": ["delay-async", "delay-sequential", "cpu-parallel", "cpu-vectorized", "cpu-sequential"],
             "baselines": {"cpu": "cpu-vectorized"}}
            """
        );
        var unnamed = Accepted("""{"strategies": ["cpu-parallel", "cpu-vectorized"]}""");

        Assert.Equal("delay-sequential", settings.Baselines["delay"]);
        Assert.Equal("cpu-vectorized", settings.Baselines["cpu"]);
        Assert.Equal("cpu-parallel", unnamed.Baselines["cpu"]);
    }

    [Fact]
    public void Closed_load_calls_each_url_once_unless_told_otherwise()
    {
        var once = Accepted($$"""{"strategies": ["io-async"], {{Url}}}""").Load;
        var counted = Accepted($$$"""{"strategies": ["io-async"], {{{Url}}}, "load": {"requests": 30}}""").Load;
        var timed = Accepted(
            $$$"""{"strategies": ["io-async"], {{{Url}}}, "rounds": 8, "warmup": 2, "load": {"duration": "00:00:01"}}"""
        ).Load;

        Assert.Equal((LoadModel.Closed, 1, 1), (once.Model, once.Requests, once.MaxRequests));
        Assert.Equal((30, 30), (counted.Requests, counted.MaxRequests));
        Assert.Null(timed.Requests);
        Assert.Equal(TimeSpan.FromSeconds(1), timed.Duration);
        // A tenth of the million that the ten rounds may make together.
        Assert.Equal(100_000, timed.MaxRequests);
    }

    [Fact]
    public void Open_load_has_a_rate()
    {
        var load = Accepted(
            $$$"""{"strategies": ["io-async"], {{{Url}}}, "load": {"model": "open", "rate": 12.5, "requests": 25}}"""
        ).Load;

        Assert.Equal((LoadModel.Open, 12.5, 25), (load.Model, load.Rate, load.Requests));
    }

    [Fact]
    public void Threshold_without_a_strategy_is_one_for_each_that_has_the_metric()
    {
        var settings = Accepted(
            """
            {"strategies": ["delay-async", "delay-sequential", "cpu-parallel"], "thresholds": [
              {"metric": "p95", "max": "00:00:00.200"}, {"metric": "throughput", "strategy": "cpu-parallel", "min": 12.5}]}
            """
        );

        Assert.Equal(
            [
                new("p95", "delay-async", null, 0.2),
                new("p95", "delay-sequential", null, 0.2),
                new ThresholdSettings("throughput", "cpu-parallel", 12.5, null),
            ],
            settings.Thresholds
        );
    }

    [Fact]
    public void Stored_arguments_come_back_as_they_were()
    {
        var settings = Accepted(
            $$$"""
            {"strategies": ["io-async", "delay-async"], {{{Url}}}, "load": {"model": "open", "rate": 5, "duration": "PT2S"},
             "check": "status", "seed": 7, "tolerancePercent": 2.5, "thresholds": [{"metric": "max", "max": "PT1S"}],
             "options": {"itemTimeout": "00:00:03", "maxBodyBytes": 5, "jobTimeout": "00:05:00"}}
            """
        );

        var read = BenchmarkSettings.OfArgs(settings.ToArgs());

        Assert.Equal(settings.Strategies, read.Strategies);
        Assert.Equal(settings.Thresholds, read.Thresholds);
        Assert.Equal(settings.Baselines, read.Baselines);
        Assert.Equal(settings.Urls, read.Urls);
        Assert.Equal(
            (settings.Load, settings.Check, settings.Seed, settings.TolerancePercent, settings.ItemTimeout),
            (read.Load, read.Check, read.Seed, read.TolerancePercent, read.ItemTimeout)
        );
        Assert.Equal((settings.MaxBodyBytes, settings.JobTimeout), (read.MaxBodyBytes, read.JobTimeout));
    }

    [Theory]
    [InlineData("""{}""", "strategies: is required")]
    [InlineData("""{"strategies": []}""", "strategies: must name 1 to 20 of: io-sequential")]
    [InlineData("""{"strategies": ["io-magic"]}""", "strategies[0].strategy: must be one of: io-sequential")]
    [InlineData("""{"strategies": [7]}""", "strategies[0]: must be an object")]
    [InlineData("""{"strategies": ["cpu-parallel", "cpu-parallel"]}""", "strategies[1]: is called 'cpu-parallel'")]
    [InlineData(
        """{"strategies": [{"strategy": "cpu-parallel", "concurrency": 2}]}""",
        "strategies[0].concurrency: is not for cpu-parallel"
    )]
    [InlineData(
        """{"strategies": [{"strategy": "delay-async", "concurrency": 257}]}""",
        "strategies[0].concurrency: must be a whole number from 1 to 256"
    )]
    [InlineData(
        """{"strategies": [{"strategy": "delay-async", "name": "a\nb"}]}""",
        "strategies[0].name: must not hold control characters"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "urls": ["http://allowed.example/"]}""",
        "urls: is called by no strategy"
    )]
    [InlineData("""{"strategies": ["io-async"]}""", "urls: is required")]
    [InlineData("""{"strategies": ["io-async"], "urls": []}""", "urls: must hold at least one URL")]
    [InlineData(
        """{"strategies": ["io-async"], "urls": ["ftp://allowed.example/"]}""",
        "urls[0]: cannot be called: only http"
    )]
    [InlineData(
        """{"strategies": ["io-async"], "urls": ["http://other.example/"]}""",
        "urls[0]: http://other.example:80 is not a host that may be benchmarked; list it in Jobs:Benchmark:AllowedHosts"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "baselines": {"cpu": "nobody"}}""",
        "baselines.cpu: must be one of: cpu-parallel"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "baselines": {"io": "io-async"}}""",
        "baselines.io: is a family that no strategy"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "baselines": {"gpu": "x"}}""",
        "baselines.gpu: is not a known member"
    )]
    [InlineData("""{"strategies": ["cpu-parallel"], "rounds": 0}""", "rounds: must be a whole number from 1 to 1000")]
    [InlineData("""{"strategies": ["cpu-parallel"], "delay": 10}""", "delay: is a bare number")]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "tolerancePercent": 0}""",
        "tolerancePercent: must be a number from 0.1 to 100"
    )]
    [InlineData("""{"strategies": ["cpu-parallel"], "check": "maybe"}""", "check: must be one of: body, status")]
    [InlineData("""{"strategies": ["cpu-parallel"], "options": {"x": 1}}""", "options.x: is not a known member")]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "thresholds": [{"metric": "p95", "max": "PT1S"}]}""",
        "thresholds[0].metric: is of calls and delays"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "thresholds": [{"metric": "best", "max": 1}]}""",
        "thresholds[0].metric: must be one of: p50"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "thresholds": [{"metric": "wall"}]}""",
        "thresholds[0].max: or min is required"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "thresholds": [{"metric": "wall", "max": 1}]}""",
        "thresholds[0].max: is a bare number"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "thresholds": [{"metric": "ratio", "min": 2, "max": 1}]}""",
        "thresholds[0].min: must not be above max"
    )]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "thresholds": [{"metric": "ratio", "min": 2, "strategy": "nobody"}]}""",
        "thresholds[0].strategy: must be one of: cpu-parallel"
    )]
    [InlineData("""{"strategies": ["cpu-parallel"], "after": "x"}""", "after: is not supported by this version")]
    public void Faults_say_what_to_do(string json, string fault) =>
        Assert.Contains(Faults(json), found => found.StartsWith(fault, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"model": "open"}""", "load.rate: is required by the open model")]
    [InlineData("""{"rate": 5}""", "load.rate: belongs to the open model")]
    [InlineData("""{"requests": 5, "duration": "PT1S"}""", "load.duration: and requests both end a round")]
    [InlineData("""{"duration": "PT20M"}""", "load.duration: must be from 00:00:00.0100000 to 00:10:00")]
    [InlineData("""{"requests": 43479}""", "load.requests: would make this job call 1000017 times")]
    [InlineData("""{"duration": "PT30S"}""", "options.jobTimeout: is shorter than this benchmark takes")]
    [InlineData(
        """{"model": "open", "rate": 1, "requests": 28}""",
        "options.jobTimeout: is shorter than this benchmark takes"
    )]
    public void Load_has_bounds(string load, string fault) =>
        Assert.Contains(
            Faults($$$"""{"strategies": ["io-async"], {{{Url}}}, "load": {{{load}}}}"""),
            found => found.StartsWith(fault, StringComparison.Ordinal)
        );

    [Fact]
    public void Delays_that_cannot_end_in_time_are_refused()
    {
        // 23 rounds of 20 s are 460 s, 23 of 30 s are 690.
        Accepted("""{"strategies": ["delay-sequential"], "delays": 2, "delay": "00:00:10"}""");
        var faults = Faults("""{"strategies": ["delay-sequential"], "delays": 3, "delay": "00:00:10"}""");

        Assert.Equal(
            "options.jobTimeout: is shorter than this benchmark takes at the very least, 00:11:30; it may be up to "
                + "00:10:00 (Jobs:Benchmark:MaxDuration)",
            Assert.Single(faults)
        );
    }

    [Fact]
    public void Rounds_of_all_strategies_together_have_a_bound()
    {
        var many = string.Join(
            ", ",
            Enumerable.Range(0, 20).Select(n => $$"""{"strategy": "cpu-parallel", "name": "c{{n}}"}""")
        );

        Assert.Equal(20, Accepted($$"""{"strategies": [{{many}}], "rounds": 1000}""").Strategies.Count);
        Assert.Contains(
            Faults($$"""{"strategies": [{{many}}, "cpu-vectorized"]}"""),
            fault => fault.StartsWith("strategies: must be a list of at most 20", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Plan_has_every_contender_once_a_block_and_families_side_by_side()
    {
        var settings = Accepted(
            """
            {"strategies": ["delay-async", "cpu-parallel", "delay-sequential", "cpu-vectorized"], "rounds": 50, "seed": 3,
             "thresholds": [{"metric": "wall", "max": "PT1S", "strategy": "cpu-parallel"}]}
            """
        );

        var items = BenchmarkPlan.Items(settings);

        Assert.Equal(201, items.Length);
        Assert.Equal("wall of cpu-parallel", items[^1].Key);
        var blocks = items[..200].Chunk(4).ToArray();
        Assert.All(
            blocks.Index(),
            block =>
            {
                Assert.All(block.Item, item => Assert.Equal(block.Index, item.Block));
                Assert.Equal(4, block.Item.DistinctBy(item => item.Strategy).Count());
                Assert.Equal(block.Item[0].Strategy![..3], block.Item[1].Strategy![..3]);
            }
        );
        // Any order of a fixed kind would favour someone: each comes first somewhere, and no two blocks in a row tell the next.
        Assert.Equal(4, blocks.Select(block => block[0].Strategy).Distinct().Count());
        Assert.True(
            blocks.Select(block => string.Join(',', block.Select(item => item.Strategy))).Distinct().Count() == 8
        );
        Assert.Equal(items, BenchmarkPlan.Items(settings));
        Assert.NotEqual(items, BenchmarkPlan.Items(settings with { Seed = 4 }));
        Assert.Equal(items, PlannedItem.Parse(BenchmarkPlan.Chunk(settings).Input));
    }
}
