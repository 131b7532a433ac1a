using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>A check that finds nothing is worth what it finds where something is wrong.</summary>
public sealed class PlantedBugsTests(RunningHost running) : IClassFixture<RunningHost>, IAsyncLifetime
{
    private readonly ClientRecord _record = new($"planted-{Guid.NewGuid():n}");
    private Peer _peer = null!;
    private Client _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _peer = await Peer.StartAsync();
        _client = new Client(_record, () => running.Host.Http, _peer.Url);
    }

    public ValueTask DisposeAsync() => _peer.DisposeAsync();

    [Fact]
    public async Task Nothing_is_found_where_no_bug_is()
    {
        await RunAsync("fetch");
        await RunAsync("enrichment");

        var verdict = await CheckAsync();

        Assert.Empty(verdict.Findings);
        Assert.Equal((2, 0, 6), (verdict.Acknowledged, verdict.Unacknowledged, verdict.Items));
        Assert.Equal([new(1, 6)], verdict.Attempts);
    }

    [Fact]
    public async Task Results_that_an_attempt_without_fence_wrote_again_are_found()
    {
        var sent = await RunAsync("fetch");
        // What fence and key prevent.
        await ExecuteAsync(
            $"""
            alter table jobserver.items drop constraint items_pkey;
            insert into jobserver.items select * from jobserver.items where job_id = '{sent.Id}' and seq = 1;
            """
        );

        var verdict = await CheckAsync();

        Assert.Equal([$"{sent.Id} has ended, and the API answers 500 for its results"], verdict.Findings);
        await ExecuteAsync(
            $"""
            delete from jobserver.items where job_id = '{sent.Id}';
            alter table jobserver.items add constraint items_pkey primary key (job_id, seq, tenant);
            """
        );
    }

    [Fact]
    public async Task Results_that_an_attempt_without_fence_counted_again_are_found()
    {
        var sent = await RunAsync("fetch");
        await ExecuteAsync(
            $"""
            alter table jobserver.jobs drop constraint jobs_counts_add_up;
            update jobserver.jobs set succeeded = succeeded + 1 where id = '{sent.Id}'
            """
        );

        Assert.Equal([$"{sent.Id} counts (4, 0, 3) where 0 of 3 items have failed"], (await CheckAsync()).Findings);
    }

    [Fact]
    public async Task Chunk_that_is_done_without_one_of_its_items_is_found()
    {
        var sent = await RunAsync("fetch");
        await ExecuteAsync($"delete from jobserver.items where job_id = '{sent.Id}' and seq = 1");

        Assert.Equal([$"{sent.Id} counts (3, 0, 3) where 1 of 3 items have failed"], (await CheckAsync()).Findings);
    }

    [Fact]
    public async Task Result_of_another_item_is_found()
    {
        var sent = await RunAsync("fetch");
        await ExecuteAsync(
            $"""
            update jobserver.items i set value = o.value from jobserver.items o
            where i.job_id = '{sent.Id}' and i.seq = 2 and o.job_id = i.job_id and o.seq = 0
            """
        );

        Assert.Equal([$"{sent.Id} has the result 1000 for item 1002"], (await CheckAsync()).Findings);
    }

    [Fact]
    public async Task Second_job_of_one_submission_is_found()
    {
        var first = await RunAsync("fetch");
        await _client.SubmitAsync(first with { }, 0, Cancel);

        Assert.StartsWith("submission 1 became 2 jobs", Assert.Single((await CheckAsync()).Findings));
    }

    [Fact]
    public async Task Call_for_nobodys_sake_is_found()
    {
        // What a host does that runs a job and then rolls its accept back.
        using var call = await running.Host.Http.GetAsync($"{_peer.Url}/slow/0/7000", Cancel);

        Assert.Equal(["item 7000 was called for, and no job has it"], (await CheckAsync()).Findings);
    }

    [Fact]
    public async Task Answer_that_no_fault_excuses_is_found()
    {
        await _client.SubmitAsync(_record.Begin("unknown", 1, hasKey: false), 0, Cancel);

        Assert.StartsWith(
            "answered otherwise than by 202 or 503: MethodNotAllowed",
            Assert.Single((await CheckAsync()).Findings)
        );
    }

    /// <summary>A job of three items that has ended.</summary>
    private async Task<Sent> RunAsync(string kind)
    {
        var sent = _record.Begin(kind, 3, hasKey: false);
        Assert.True(await _client.SubmitAsync(sent, 0, Cancel));
        await running.Jobs.WaitForEndAsync(sent.Id!, Cancel);
        return sent;
    }

    private Task ExecuteAsync(string sql) => Sql.RunAsync(running.Database.ConnectionString, Cancel, sql);

    private Task<Verdict> CheckAsync() =>
        new LedgerCheck(_record, running.Host.Http, _peer).RunAsync(TimeSpan.FromMinutes(1), Cancel);
}
