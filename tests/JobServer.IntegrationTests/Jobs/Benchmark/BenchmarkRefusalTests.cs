using System.Net;
using System.Text;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

public sealed class BenchmarkRefusalTests(RunningHost running, TestCluster cluster) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HttpClient Http => running.Host.Http;

    [Theory]
    [InlineData("", "$")]
    [InlineData("{", "$")]
    [InlineData("[]", "$ strategies")]
    [InlineData("{}", "strategies")]
    [InlineData(
        """{"strategies": ["io-async"], "urls": ["http://localhost/"], "rounds": "x", "zzz": 1}""",
        "urls[0] rounds zzz"
    )]
    [InlineData("""{"strategies": ["\ud800"]}""", "strategies[0].strategy")]
    [InlineData("""{"strategies": [{"strategy": "cpu-parallel", "name": "\ud800"}]}""", "strategies[0].name")]
    [InlineData("""{"strategies": ["cpu-parallel"], "tolerancePercent": 1e999}""", "tolerancePercent")]
    [InlineData(
        """{"strategies": ["cpu-parallel"], "seed": -1, "thresholds": [{}]}""",
        "seed thresholds[0].metric thresholds[0].max"
    )]
    public async Task Faulty_body_is_refused_with_every_fault_named_and_nothing_stored(string body, string fields)
    {
        var before = await running.Database.QueryAsync<long>("select count(*) from jobserver.jobs", Cancel);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await Http.PostAsync(BenchmarkScenario.Path, content, Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(fields.Split(' ').Order(), problem.Fields().Order());
        Assert.Equal(before, await running.Database.QueryAsync<long>("select count(*) from jobserver.jobs", Cancel));
    }

    [Fact]
    public async Task Body_of_another_media_type_or_size_is_refused()
    {
        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
        using var large = new StringContent(
            $"{{\"x\": \"{new string('x', 4 << 20)}\"}}",
            Encoding.UTF8,
            "application/json"
        );

        using var unsupported = await Http.PostAsync(BenchmarkScenario.Path, text, Cancel);
        using var tooLarge = await Http.PostAsync(BenchmarkScenario.Path, large, Cancel);

        await unsupported.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type", Cancel);
        await tooLarge.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "body-too-large", Cancel);
    }

    [Fact]
    public async Task Host_that_the_running_server_does_not_list_is_not_called()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var accepting = await HostProcess.StartAsync(
            database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        var page = running.Peer.Serve(_ => Task.CompletedTask);
        var id = await accepting.Http.CompareAsync(
            new
            {
                strategies = new[] { "io-async", "cpu-sequential" },
                urls = new[] { page },
                numbers = 10,
                rounds = 1,
                warmup = 1,
            }
        );
        await using var strict = await HostProcess.StartAsync(
            database.ConnectionString,
            new Dictionary<string, string> { ["Jobs__Benchmark__AllowedHosts"] = "other.example" },
            Cancel
        );

        var job = await new JobClient(strict.Http).WaitForEndAsync(id, Cancel);

        Assert.Equal("failed", job.State());
        var lines = await new JobClient(strict.Http).ResultsAsync(id, Cancel);
        var refused = Assert.Single(lines, line => line.ErrorCode() is not null);
        Assert.Equal("host_not_allowed", refused.ErrorCode());
        Assert.Contains("Jobs:Benchmark:AllowedHosts", refused.Detail(), StringComparison.Ordinal);
        Assert.Equal(0, running.Peer.CallsOfUrl(page));
    }

    [Fact]
    public async Task Address_that_is_not_allowed_is_refused_whatever_the_list_of_hosts_says()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(
            database.ConnectionString,
            new Dictionary<string, string> { ["Outbound__AllowedNetworks__0"] = "10.0.0.0/8" },
            Cancel
        );
        var page = running.Peer.Serve(_ => Task.CompletedTask);

        var job = await host.Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "io-async", "io-threads" },
                urls = new[] { page },
                rounds = 1,
            }
        );

        var lines = await new JobClient(host.Http).ResultsAsync(job.Id(), Cancel);
        Assert.Equal(["address_refused", "address_refused"], lines.Select(line => line.ErrorCode()));
        Assert.Equal(0, running.Peer.CallsOfUrl(page));
    }

    [Fact]
    public async Task Redirect_to_another_host_is_an_answer_and_not_followed()
    {
        var target = running.Peer.Serve(_ => Task.CompletedTask);
        var moved = running.Peer.Serve(http =>
        {
            http.Response.Redirect(target);
            return Task.CompletedTask;
        });

        var job = await Http.RunBenchmarkAsync(
            new
            {
                strategies = new[] { "io-async" },
                urls = new[] { moved },
                rounds = 1,
            }
        );

        var line = Assert.Single(await running.Jobs.ResultsAsync(job.Id(), Cancel));
        Assert.Equal("http_302", line.ErrorCode());
        Assert.Equal(0, running.Peer.CallsOfUrl(target));
    }
}
