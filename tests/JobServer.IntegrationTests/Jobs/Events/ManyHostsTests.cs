using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Events;

public sealed class ManyHostsTests(RunningHost running, TestCluster cluster) : IClassFixture<RunningHost>
{
    private const string Listeners = "datname = current_database() and query = 'listen jobserver'";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_runs_on_one_host_is_watched_on_another()
    {
        await using var idle = await StartIdleAsync();
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 2, Cancel);
        await using var stream = await EventStream.OpenAsync(idle.Http, job.Id, Cancel);

        await stream.UntilAsync(next => next.State == "running");
        job.Release();
        await stream.UntilAsync(next => Succeeded(next) == 1);
        job.Release();

        Assert.Equal("succeeded", (await stream.ToEndAsync())[^1].State);
    }

    [Fact]
    public async Task Events_go_on_while_nobody_listens_and_the_listeners_come_back()
    {
        await using var idle = await StartIdleAsync();
        await running.Database.WaitForAsync($"select count(*) = 2 from pg_stat_activity where {Listeners}", Cancel);
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 1, Cancel);
        await using var stream = await EventStream.OpenAsync(idle.Http, job.Id, Cancel);
        await stream.UntilAsync(next => next.State == "running");

        var lost = await running.Database.QueryAsync<long>(
            $"select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where {Listeners}",
            Cancel
        );
        job.Release();

        Assert.Equal(2, lost);
        Assert.Equal("succeeded", (await stream.ToEndAsync())[^1].State);
        await running.Database.WaitForAsync($"select count(*) = 2 from pg_stat_activity where {Listeners}", Cancel);
        Assert.Contains("Signals of other hosts are not heard", idle.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_hears_no_signal_sees_what_changes_nevertheless()
    {
        // It listens, in a database where nobody ever notifies.
        await using var elsewhere = await cluster.CreateDatabaseAsync(Cancel);
        await using var deaf = await StartIdleAsync(elsewhere.ConnectionString);
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 2, Cancel);
        await using var stream = await EventStream.OpenAsync(deaf.Http, job.Id, Cancel);
        await stream.UntilAsync(next => next.State == "running");

        job.Release();
        await stream.UntilAsync(next => Succeeded(next) == 1);
        job.Release();

        Assert.Equal("succeeded", (await stream.ToEndAsync())[^1].State);
    }

    [Fact]
    public async Task A_host_that_stops_ends_its_streams_in_order()
    {
        await using var idle = await StartIdleAsync();
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 1, Cancel);
        await using var stream = await EventStream.OpenAsync(idle.Http, job.Id, Cancel);
        await stream.UntilAsync(next => next.State == "running");

        var stopping = idle.StopAsync(Cancel);

        // A connection that was broken off would throw.
        Assert.DoesNotContain(await stream.ToEndAsync(), next => next.Type == "end");
        Assert.Equal(0, await stopping);
        job.Release();
    }

    [Fact]
    public async Task Two_hundred_watchers_take_no_connections_of_the_database()
    {
        const int watchers = 200;
        await using var idle = await StartIdleAsync();
        var job = await GatedJob.StartAsync(running.Jobs, running.Peer, items: 2, Cancel);
        await using var first = await EventStream.OpenAsync(idle.Http, job.Id, Cancel);
        await first.UntilAsync(next => next.State == "running");
        var before = await ConnectionsAsync();

        var streams = await Task.WhenAll(
            Enumerable.Range(0, watchers).Select(_ => EventStream.OpenAsync(idle.Http, job.Id, Cancel))
        );
        await Task.WhenAll(streams.Select(stream => stream.UntilAsync(next => next.State == "running")));
        job.Release();
        await Task.WhenAll(streams.Select(stream => stream.UntilAsync(next => Succeeded(next) == 1)));
        var with = await ConnectionsAsync();
        job.Release();
        var ends = await Task.WhenAll(streams.Select(stream => stream.ToEndAsync()));

        TestContext.Current.TestOutputHelper?.WriteLine($"{before} connections before, {with} with {watchers} streams");
        Assert.All(ends, events => Assert.Equal("succeeded", events[^1].State));
        // What the hosts do besides may take a few more or less at any moment.
        Assert.InRange(with, 1, before + 10);
        foreach (var stream in streams)
            await stream.DisposeAsync();
    }

    private Task<HostProcess> StartIdleAsync(string direct = "") =>
        HostProcess.StartAsync(
            running.Database.ConnectionString,
            new Dictionary<string, string>(HostProcess.NoWorkers)
            {
                ["Queues__enrichment__Workers"] = "0",
                ["ConnectionStrings__JobServerDirect"] = direct,
            },
            Cancel
        );

    private Task<long> ConnectionsAsync() =>
        running.Database.QueryAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database()",
            Cancel
        );

    private static int? Succeeded(ReceivedEvent next) =>
        next.Type == "progress" ? next.Json.GetProperty("succeeded").GetInt32() : null;
}
