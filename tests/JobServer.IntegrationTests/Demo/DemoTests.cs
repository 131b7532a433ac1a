using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Demo;

public sealed class DemoTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly TimeSpan ShowLimit = TimeSpan.FromSeconds(60);

    private TestDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await cluster.CreateDatabaseAsync(Cancel);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task It_shows_every_outcome_where_to_look_and_ends_with_0()
    {
        await using var demo = Launch([], "demo");

        var exitCode = await demo.WaitForExitAsync(Cancel);

        Assert.True(exitCode == 0, demo.Log);
        Assert.Contains("All 334 outcomes are as expected.", demo.Log);
        Assert.Contains("All 10 outcomes are as expected.", demo.Log);
        Assert.Contains("address_refused", demo.Log);
        Assert.Matches(@"dashboard +http://127\.0\.0\.1:\d+/hangfire", demo.Log);
        Assert.Contains("curl -s -H \"Authorization: Bearer $KEY\" http://127.0.0.1:", demo.Log);
    }

    [Fact]
    public async Task A_second_run_on_the_same_database_is_as_expected_too()
    {
        await using var first = Launch([], "demo");
        Assert.True(await first.WaitForExitAsync(Cancel) == 0, first.Log);
        await using var second = Launch([], "demo");

        Assert.True(await second.WaitForExitAsync(Cancel) == 0, second.Log);
    }

    [Fact]
    public async Task It_ends_with_1_and_says_what_differs_when_an_outcome_is_not_as_expected()
    {
        // So that the pages that have moved are not found again.
        await using var demo = Launch(new() { ["Outbound__MaxRedirects"] = "0" }, "demo");

        var exitCode = await demo.WaitForExitAsync(Cancel);

        Assert.True(exitCode == 1, demo.Log);
        Assert.Contains("/moved/1: expected succeeded, saw too_many_redirects.", demo.Log);
        Assert.Contains("0 of 20", demo.Log);
        Assert.Contains(
            "Row 3 (line breaks, and a page that moved): expected succeeded, saw too_many_redirects.",
            demo.Log
        );
    }

    [Fact]
    public async Task Asked_to_stay_it_serves_until_it_is_stopped()
    {
        await using var demo = Launch([], "demo", "--stay");
        await WaitForAsync(demo, "Ctrl+C ends it.");
        var dashboard = demo.Log.Split('\n').Single(line => line.Contains("dashboard")).Split(' ')[^1];
        using var http = new HttpClient(new SocketsHttpHandler()) { Timeout = ShowLimit };

        using var answer = await http.GetAsync(new Uri(new Uri(dashboard), "/health/ready"), Cancel);

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal(0, await demo.StopAsync(Cancel));
    }

    private HostProcess Launch(Dictionary<string, string> settings, params string[] arguments) =>
        HostProcess.Launch(_database.ConnectionString, settings, arguments);

    private static async Task WaitForAsync(HostProcess process, string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(ShowLimit);
        while (!process.Log.Contains(text))
        {
            Assert.False(process.HasExited, process.Log);
            await Task.Delay(50, limit.Token);
        }
    }
}
