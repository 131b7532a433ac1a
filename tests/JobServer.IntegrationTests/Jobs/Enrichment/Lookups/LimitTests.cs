using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.Lookups.LookupBench;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

public sealed class LimitTests(LookupBench bench) : IClassFixture<LookupBench>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(7, 10, 7)]
    [InlineData(10, 4, 4)]
    public async Task The_limits_of_a_job_hold_exactly_at_the_peer(int concurrency, int perHost, int most)
    {
        await using var peer = await Peer.StartAsync();
        var gate = new TaskCompletionSource();
        string[] urls = [.. Enumerable.Range(0, 100).Select(n => Gated(peer, $"/{n}", gate))];
        var settings = Quick with { Concurrency = concurrency, PerHostConcurrency = perHost };

        var resolving = bench.Lookups(await bench.AcceptAsync(), settings).ResolveAsync(Step(), urls, Cancel);
        await Until.TrueAsync(() => peer.Open >= most, Cancel);
        gate.SetResult();
        var answers = await resolving;

        Assert.All(answers.Values, answer => Assert.Null(answer.ErrorCode));
        Assert.Equal((most, 100), (peer.MostOpen, peer.Calls.Values.Sum()));
    }

    [Fact]
    public async Task Cancellation_closes_the_connections_of_calls_under_way()
    {
        await using var peer = await Peer.StartAsync();
        string[] urls = [.. Enumerable.Range(0, 5).Select(n => Gated(peer, $"/{n}", new TaskCompletionSource()))];
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var settings = Quick with { ItemTimeout = TimeSpan.FromMinutes(10) };
        var resolving = bench.Lookups(await bench.AcceptAsync(), settings).ResolveAsync(Step(), urls, cancelling.Token);
        await Until.TrueAsync(() => peer.Open == 5, Cancel);

        await cancelling.CancelAsync();

        await Until.TrueAsync(() => peer.Open == 0, Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await resolving);
    }

    [Fact]
    public async Task Answers_are_recorded_as_they_come()
    {
        await bench.Database.ExecuteAsync("delete from jobserver.lookups", Cancel);
        await using var peer = await Peer.StartAsync();
        var gate = new TaskCompletionSource();
        string[] urls = [$"{peer.Url}/json/1", $"{peer.Url}/json/2", Gated(peer, "/gate", gate)];

        var resolving = bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), urls, Cancel);
        await bench.Database.WaitForAsync(
            "select count(*) = 2 from jobserver.lookups where value is not null and claimed_by is null",
            Cancel
        );
        Assert.False(resolving.IsCompleted);
        gate.SetResult();

        Assert.Equal(3, (await resolving).Count);
    }

    [Fact]
    public async Task Connections_that_break_meanwhile_lose_and_repeat_nothing()
    {
        await using var peer = await Peer.StartAsync();
        var gate = new TaskCompletionSource();
        string[] urls = [.. Enumerable.Range(0, 50).Select(n => Gated(peer, $"/{n}", gate))];
        var settings = Quick with { Concurrency = 50, PerHostConcurrency = 50 };
        var job = await bench.AcceptAsync();
        var resolving = bench.Lookups(job, settings).ResolveAsync(Step(), urls, Cancel);
        await Until.TrueAsync(() => peer.Open == 50, Cancel);

        await BreakConnectionsAsync();
        gate.SetResult();
        var answers = await resolving;
        var again = await bench.Lookups(job).ResolveAsync(Step(), urls, Cancel);

        Assert.All(answers.Values.Concat(again.Values), answer => Assert.Null(answer.ErrorCode));
        Assert.Equal((50, 50), (peer.Calls.Count, peer.Calls.Values.Sum()));
    }

    private Task BreakConnectionsAsync() =>
        bench.Database.ExecuteAsync(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            """,
            Cancel
        );

    private static string Gated(Peer peer, string path, TaskCompletionSource gate)
    {
        peer.Answers[path] = async http =>
        {
            await gate.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsJsonAsync(1, http.RequestAborted);
        };
        return peer.Url + path;
    }
}
