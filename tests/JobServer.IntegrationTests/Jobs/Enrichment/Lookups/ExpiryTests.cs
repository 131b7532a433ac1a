using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using JobServer.Ledger;
using static JobServer.IntegrationTests.Jobs.Enrichment.Lookups.LookupBench;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

public sealed class ExpiryTests(LookupBench bench, TestCluster cluster) : IClassFixture<LookupBench>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_goes_once_its_time_is_over_and_no_unfinished_job_may_use_it()
    {
        var store = new LookupStore(bench.Source);
        var job = await bench.AcceptAsync();
        var url = bench.Peer.ServeStatuses(404);
        await bench.Lookups(job).ResolveAsync(Step(), url);

        Assert.Equal(0, await store.ExpireAsync(Cancel));
        await FinishJobsAsync();
        Assert.Equal(1, await store.ExpireAsync(Cancel));
    }

    [Fact]
    public async Task An_answer_that_may_still_be_shared_stays_and_a_later_job_does_not_keep_it_longer()
    {
        var store = new LookupStore(bench.Source);
        await bench
            .Lookups(await bench.AcceptAsync())
            .ResolveAsync(Step(TimeSpan.FromHours(1)), $"{bench.Peer.Url}/json/1");
        await FinishJobsAsync();
        await bench.AcceptAsync();

        Assert.Equal(0, await store.ExpireAsync(Cancel));
        await bench.Database.ExecuteAsync(
            "update jobserver.lookups set expires_at = expires_at - interval '61 minutes'",
            Cancel
        );
        Assert.Equal(1, await store.ExpireAsync(Cancel));
    }

    [Fact]
    public async Task A_claim_goes_an_hour_after_it_lapsed_and_not_before()
    {
        var store = new LookupStore(bench.Source);
        var terms = new LookupTerms(JobKey.DefaultTenant, (await bench.AcceptAsync()).CreatedAt, TimeSpan.Zero);
        var key = LookupKey.Of(new byte[32]);
        var claimant = LookupClaimant.Of(new LaneKey(new JobKey(JobKey.DefaultTenant, Guid.NewGuid()), 0), epoch: 1);
        Assert.Equal([key], await store.ClaimAsync(terms, claimant, [key], Cancel));
        await LetPassAsync("2 hours");
        Assert.Equal(1, await store.RenewAsync(terms.Tenant, claimant, [key], Cancel));
        Assert.Equal(0, await store.ExpireAsync(Cancel));

        await LetPassAsync("59 minutes");
        Assert.Equal(0, await store.ExpireAsync(Cancel));
        await LetPassAsync("2 minutes");
        Assert.Equal(1, await store.ExpireAsync(Cancel));
    }

    [Fact]
    public async Task A_running_host_deletes_what_has_expired()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await database.ExecuteAsync(
            """
            insert into jobserver.lookups (key, answered_at, expires_at, value)
            values ('\x01', now() - interval '1 hour', now(), '1'), ('\x02', now(), now() + interval '1 hour', '2')
            """,
            Cancel
        );

        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);

        await database.WaitForAsync("select array_agg(key) = array['\\x02'::bytea] from jobserver.lookups", Cancel);
    }

    public async ValueTask InitializeAsync()
    {
        await FinishJobsAsync();
        await bench.Database.ExecuteAsync("delete from jobserver.lookups", Cancel);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task FinishJobsAsync() =>
        bench.Database.ExecuteAsync("update jobserver.jobs set state = 'succeeded', finished_at = now()", Cancel);

    private Task LetPassAsync(string time) =>
        bench.Database.ExecuteAsync(
            $"""
            update jobserver.lookups
            set claimed_until = claimed_until - interval '{time}', expires_at = expires_at - interval '{time}'
            """,
            Cancel
        );
}
