using System.Net;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Faults;

/// <summary>SIGTERM amid work that ends when it is asked to, and amid work that does not.</summary>
public sealed class TerminatedHostTests(TestCluster cluster, ITestOutputHelper output)
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(25);

    // Long enough that only a lane handed back, not one presumed dead, can go on within the test.
    private static readonly Dictionary<string, string> Settings = new() { ["Hangfire__LeaseTimeout"] = "01:00:00" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="stubborn">Bodies that go on and on, so that no call under way ends by itself.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopping_commits_what_is_done_hands_the_rest_back_and_uses_no_attempt_up(bool stubborn)
    {
        const int Done = 20;
        const int Items = 60;
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        var record = new ClientRecord("terminated");
        var sent = record.Begin("fetch", Items, hasKey: true);
        var release = new TaskCompletionSource();
        foreach (var item in sent.ItemNumbers.Skip(Done))
            peer.Answers[$"/slow/0/{item}"] = http => HoldAsync(http, item, stubborn, release.Task);
        await using var first = await Node.StartAsync(database.ConnectionString, Settings, Cancel);
        var client = new Client(record, () => first.Host.Http, peer.Url);
        Assert.True(await client.SubmitAsync(sent, 0, Cancel));
        // All that can end has; as many as may be under way hang.
        await Until.TrueAsync(() => peer.Open == 10, Cancel);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(ExitLimit);
        var stopping = first.Host.StopAsync(limit.Token);
        await NotReadyAsync(first.Host);
        Assert.Equal(0, await stopping);

        Assert.Equal(
            $"{Done} false 0",
            await Sql.AskAsync<string>(
                database.ConnectionString,
                """
                select concat_ws(' ', (select count(*) from jobserver.items),
                    (select bool_or(running)::text from jobserver.lanes), (select max(stalls) from jobserver.chunks))
                """,
                Cancel
            )
        );
        Assert.Equal(0, await RetriesAsync(database));
        release.SetResult();
        await using var second = await Node.StartAsync(database.ConnectionString, Settings, Cancel);
        var verdict = await new LedgerCheck(record, second.Host.Http, peer).RunAsync(TimeSpan.FromMinutes(1), Cancel);
        verdict.AssertWhole(output);
        Assert.Equal(0, await RetriesAsync(database));
        // Those that had ended were not called for again.
        Assert.All(sent.ItemNumbers.Take(Done), item => Assert.Equal(1, peer.CallsOf($"/slow/0/{item}")));
        var lines = await new JobClient(second.Host.Http).ResultsAsync(sent.Id!, Cancel);
        Assert.All(lines, line => Assert.Equal(1, line.GetProperty("attempts").GetInt32()));
        await HangfireRows.AssertAtRestAsync(database.ConnectionString, Cancel);
    }

    private static async Task HoldAsync(HttpContext http, int item, bool stubborn, Task release)
    {
        if (!stubborn)
            await release.WaitAsync(http.RequestAborted);
        while (!release.IsCompleted)
        {
            // White space before the value is JSON too: the caller hears something all the time.
            await http.Response.WriteAsync(" ", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.WhenAny(release, Task.Delay(50, http.RequestAborted));
        }

        http.Response.ContentType ??= "application/json";
        await http.Response.WriteAsync($$"""{"n": {{item}}}""", http.RequestAborted);
    }

    /// <summary>Readiness is refused, by an answer or by nobody being there to give one.</summary>
    private static async Task NotReadyAsync(HostProcess host)
    {
        while (true)
        {
            try
            {
                using var answer = await host.Http.GetAsync("/health/ready", Cancel);
                if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                    return;
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private static Task<long> RetriesAsync(TestDatabase database) =>
        Sql.AskAsync<long>(
            database.ConnectionString,
            """
            select (select count(*) from hangfire.jobparameter where name = 'RetryCount')
                + (select count(*) from hangfire.state where name = 'Failed')
                + (select coalesce(sum(repairs), 0)::bigint from jobserver.jobs)
            """,
            Cancel
        );
}
