using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class BenchmarkJobTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Http => running.Host.Http;

    [Fact]
    public async Task All_strategies_do_their_work_and_each_round_is_a_result()
    {
        var sample = new Uri(Http.BaseAddress!, "/v1/sample?bytes=");
        string[] strategies =
        [
            "io-sequential",
            "io-async",
            "io-threads",
            "io-mixed",
            "cpu-sequential",
            "cpu-threads",
            "cpu-parallel",
            "cpu-vectorized",
            "delay-sequential",
            "delay-async",
        ];

        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies,
                urls = Enumerable.Range(1, 8).Select(n => $"{sample}{n}"),
                numbers = 500,
                delays = 4,
                delay = "00:00:00.002",
                rounds = 3,
                warmup = 1,
                seed = 5,
            }
        );

        Assert.Equal("succeeded", job.State());
        Assert.Equal("benchmark", job.Text("queue"));
        Assert.Equal(5, job.GetProperty("options").Int("seed"));
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal(3 * strategies.Length, lines.Count);
        Assert.Equal(
            strategies.SelectMany(name => new[] { $"{name} #1", $"{name} #2", $"{name} #3" }).Order(),
            lines.Select(line => line.Text("key")).Order()
        );
        Assert.All(
            lines,
            line =>
            {
                var value = line.GetProperty("value");
                Assert.Equal(Units(value.Text("family")), value.Int("units"));
                Assert.True(value.GetProperty("wall").GetDouble() > 0);
                Assert.Equal(0, value.Int("errors"));
                Assert.Equal(value.Text("family") != "cpu", value.TryGetProperty("latency", out _));
            }
        );
        Assert.Single(lines.Select(line => line.GetProperty("value").Text("run")).Distinct());
        Assert.Single(lines, line => line.GetProperty("value").TryGetProperty("environment", out _));

        static int Units(string family) =>
            family switch
            {
                "io" => 8,
                "cpu" => 500,
                _ => 4,
            };
    }

    [Fact]
    public async Task Report_names_the_winner()
    {
        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "delay-sequential", "delay-async" },
                delays = 10,
                delay = "00:00:00.005",
                rounds = 8,
                warmup = 1,
            }
        );

        var report = await Http.ReportAsync(job.Id());

        var family = Assert.Single(report.GetProperty("families").EnumerateArray());
        Assert.Equal(["delay-async"], family.Texts("fastest"));
        Assert.Equal("baseline", report.Contender("delay-sequential").Text("verdict"));
        var winner = report.Contender("delay-async");
        Assert.Equal("faster", winner.Text("verdict"));
        Assert.Equal(8, winner.Int("rounds"));
        Assert.True(winner.GetProperty("ratio").GetProperty("low").GetDouble() > 2);
        Assert.Equal(80, winner.GetProperty("latency").Int("count"));
        Assert.Equal(Environment.ProcessorCount, report.GetProperty("environment").Int("cores"));
        Assert.Equal(job.Text("state"), report.GetProperty("job").Text("state"));
        Assert.Equal($"/v1/jobs/{job.Id()}/report", job.GetProperty("links").Text("report"));
    }

    [Fact]
    public async Task Request_of_the_report_can_be_sent_again()
    {
        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new object[]
                {
                    "delay-async",
                    new
                    {
                        strategy = "delay-async",
                        name = "two",
                        concurrency = 2,
                    },
                },
                delays = 4,
                delay = "00:00:00.002",
                rounds = 2,
                warmup = 0,
                baselines = new { delay = "two" },
                thresholds = new[] { new { metric = "p99", max = "00:00:10" } },
            }
        );
        var request = (await Http.ReportAsync(job.Id())).GetProperty("request");

        var again = await Http.RunBenchmarkAsync(request);

        Assert.Equal("succeeded", again.State());
        Assert.Equal(job.GetProperty("options").GetRawText(), again.GetProperty("options").GetRawText());
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        var linesAgain = await running.Jobs.ResultsAsync(again.Id(), Cancel);
        Assert.Equal(lines.Select(line => line.Text("key")), linesAgain.Select(line => line.Text("key")));
    }

    [Fact]
    public async Task Threshold_that_is_missed_fails_the_job_and_says_by_how_much()
    {
        var submission = new
        {
            strategies = new[] { "delay-sequential" },
            delays = 2,
            delay = "00:00:00.020",
            rounds = 2,
            warmup = 0,
            thresholds = new object[]
            {
                new { metric = "p50", max = "00:00:00.010" },
                new { metric = "errorRate", max = 0 },
            },
        };

        var job = await Http.RunBenchmarkAsync(submission);

        Assert.Equal("failed", job.State());
        Assert.Equal(3, job.Progress("succeeded"));
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal("p50 of delay-sequential", lines[2].Text("key"));
        Assert.Equal("threshold_failed", lines[2].ErrorCode());
        Assert.Contains("at most 0.01 s", lines[2].Detail(), StringComparison.Ordinal);
        Assert.Equal("succeeded", lines[3].State());
        var thresholds = (await Http.ReportAsync(job.Id())).GetProperty("thresholds").EnumerateArray().ToList();
        Assert.Equal([false, true], thresholds.Select(threshold => threshold.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public async Task Failed_benchmark_is_retried_as_a_whole_and_one_that_succeeded_is_not()
    {
        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "delay-sequential" },
                delays = 2,
                delay = "00:00:00.005",
                rounds = 2,
                warmup = 0,
                thresholds = new[] { new { metric = "p50", max = "00:00:00.001" } },
            }
        );
        using var retry = await Http.PostAsync($"/v1/jobs/{job.Id()}/retry", content: null, Cancel);
        var again = await retry.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        again = await running.Jobs.WaitForEndAsync(again.Id(), Cancel);

        Assert.Equal(3, again.Progress("total"));
        Assert.Equal(job.Id(), again.Text("retryOf"));

        var good = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "cpu-parallel" },
                numbers = 10,
                rounds = 1,
            }
        );
        using var refused = await Http.PostAsync($"/v1/jobs/{good.Id()}/retry", content: null, Cancel);
        await refused.ReadProblemAsync(System.Net.HttpStatusCode.Conflict, "wrong-state", Cancel);
    }

    [Fact]
    public async Task Cancelled_benchmark_ends_in_the_middle_of_a_round()
    {
        var id = await Http.CompareAsync(
            new
            {
                strategies = new[] { "delay-sequential" },
                delays = 10,
                delay = "00:00:10",
                rounds = 1,
                warmup = 0,
            }
        );
        await running.Jobs.WaitForAsync(id, job => job.State() == "running", Cancel);

        await running.CancelAsync(id);

        var job = await running.Jobs.GetAsync(id, Cancel);
        Assert.Equal("cancelled", job.State());
        var line = Assert.Single(await running.Jobs.ResultsAsync(id, Cancel));
        Assert.Equal("not_run", line.ErrorCode());
        var report = await Http.ReportAsync(id);
        Assert.Equal(0, report.Contender("delay-sequential").Int("rounds"));
    }

    [Fact]
    public async Task Benchmark_that_takes_too_long_fails_with_the_rounds_it_has()
    {
        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "cpu-sequential" },
                // Seconds each: nobody could say beforehand how long that takes.
                numbers = 60_000,
                rounds = 1000,
                warmup = 0,
                options = new { jobTimeout = "00:00:02" },
            }
        );

        Assert.Equal("failed", job.State());
        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal(1000, lines.Count);
        Assert.Equal("timeout", lines[^1].ErrorCode());
        var report = await Http.ReportAsync(job.Id());
        Assert.Equal(job.Progress("succeeded"), report.Contender("cpu-sequential").Int("rounds"));
    }

    [Fact]
    public async Task Benchmarks_of_a_server_run_one_after_the_other()
    {
        var submission = new
        {
            strategies = new[] { "delay-sequential" },
            delays = 10,
            delay = "00:00:00.020",
            rounds = 2,
            warmup = 0,
        };
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
            ids.Add(await Http.CompareAsync(submission));
        var jobs = new List<JsonElement>();
        foreach (var id in ids)
            jobs.Add(await running.Jobs.WaitForEndAsync(id, Cancel));

        var inTurn = jobs.OrderBy(job => job.GetProperty("startedAt").GetDateTimeOffset()).ToList();

        Assert.All(
            inTurn.Zip(inTurn.Skip(1)),
            pair =>
                Assert.True(
                    pair.First.GetProperty("finishedAt").GetDateTimeOffset()
                        <= pair.Second.GetProperty("startedAt").GetDateTimeOffset()
                )
        );
        var queue = await Http.GetFromJsonAsync<JsonElement>("/v1/queues/benchmark", Cancel);
        Assert.Equal(1, queue.Int("workers"));
    }

    [Fact]
    public async Task Rounds_beside_work_of_another_queue_are_marked_and_left_out()
    {
        var hanging = running.Peer.Serve(http => Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted));
        var fetch = (
            await running.Jobs.SubmitAsync(
                new { urls = new[] { hanging }, options = new { itemTimeout = "00:05:00" } },
                Cancel
            )
        ).Id();
        await running.Jobs.WaitForAsync(fetch, job => job.State() == "running", Cancel);
        var submission = new
        {
            strategies = new[] { "delay-sequential", "delay-async" },
            delays = 2,
            delay = "00:00:00.005",
            rounds = 6,
            warmup = 0,
        };

        var busy = await Http.RunBenchmarkAsync(submission);
        await running.CancelAsync(fetch);
        var alone = await Http.RunBenchmarkAsync(submission);

        var report = await Http.ReportAsync(busy.Id());
        Assert.Equal(["fetch"], report.GetProperty("isolation").Texts("busy"));
        Assert.Equal(12, report.GetProperty("isolation").Int("busyRounds"));
        Assert.Equal(0, report.Contender("delay-async").Int("rounds"));
        Assert.Equal("not enough data", report.Contender("delay-async").Text("verdict"));
        report = await Http.ReportAsync(alone.Id());
        Assert.Equal(0, report.GetProperty("isolation").Int("busyRounds"));
        Assert.Equal(6, report.Contender("delay-async").Int("rounds"));
    }

    [Fact]
    public async Task Work_of_another_queue_that_ends_within_a_round_is_noticed_too()
    {
        var fetchDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var firstRound = running.Peer.Serve(async http =>
        {
            // Within the round a whole job of another queue comes and goes.
            var fetch = await running.Jobs.SubmitAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);
            await running.Jobs.WaitForEndAsync(fetch.Id(), Cancel);
            fetchDone.TrySetResult();
        });

        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "io-sequential" },
                urls = new[] { firstRound },
                rounds = 1,
                warmup = 0,
                options = new { itemTimeout = "00:01:00" },
            }
        );

        await fetchDone.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        var line = Assert.Single(await running.Jobs.ResultsAsync(job.Id(), Cancel));
        Assert.Equal(["fetch"], line.GetProperty("value").Texts("busy"));
    }
}
