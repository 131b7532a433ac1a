using Hangfire;
using Hangfire.States;
using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Writing;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class CommitterTests(TestCluster cluster)
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What PostgreSQL refuses, and what cannot even be sent.</summary>
    [Theory]
    [InlineData(0x0000)]
    [InlineData(0xD800)]
    public async Task A_bad_row_among_many_fails_alone(int character)
    {
        var bad = ((char)character).ToString();
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var units = Enumerable.Range(0, 100).Select(n => Adding(n == 42 ? bad : $"{n}")).ToList();
        foreach (var unit in units)
            storage.Parts.Committer.Submit(unit);

        await Assert.ThrowsAnyAsync<Exception>(() => units[42].Done.WaitAsync(Ceiling, Cancel));
        foreach (var unit in units.Where((_, n) => n != 42))
            await unit.Done.WaitAsync(Ceiling, Cancel);
        Assert.Equal(99, await database.QueryAsync<long>("select count(*) from hangfire.set where key = 'k'", Cancel));
    }

    [Fact]
    public async Task A_unit_that_lost_its_race_fails_alone()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var jobs = Create(storage, 20);
        var units = jobs.Select((job, n) => Changing(job, n == 7 ? new Expectation(-1, 0) : null)).ToList();
        foreach (var unit in units)
            storage.Parts.Committer.Submit(unit);

        await Assert.ThrowsAsync<ConcurrentChangeException>(() => units[7].Done.WaitAsync(Ceiling, Cancel));
        foreach (var unit in units.Where((_, n) => n != 7))
            await unit.Done.WaitAsync(Ceiling, Cancel);
        Assert.Equal(
            19,
            await database.QueryAsync<long>("select count(*) from hangfire.job where updatecount = 1", Cancel)
        );
    }

    [Theory]
    [InlineData("select 1 from hangfire.job where id = {0} for update")]
    [InlineData("select 1 from hangfire.jobqueue where jobid = {0} for update")]
    public async Task A_unit_whose_row_somebody_has_locked_waits_and_keeps_nobody_waiting(string sql)
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        var jobs = Create(storage, 20);
        var holds = new List<Hold>();
        foreach (var job in jobs)
        {
            var id = await database.QueryAsync<long>($"select id from hangfire.jobqueue where jobid = {job}", Cancel);
            holds.Add(new Hold(id, 0));
        }

        await using var locker = new NpgsqlConnection(database.ConnectionString);
        await locker.OpenAsync(Cancel);
        await using var transaction = await locker.BeginTransactionAsync(Cancel);
        await using (var take = new NpgsqlCommand(string.Format(sql, jobs[3]), locker))
            await take.ExecuteNonQueryAsync(Cancel);

        var units = jobs.Select((job, n) => Changing(job, null, holds[n])).ToList();
        foreach (var unit in units)
            storage.Parts.Committer.Submit(unit);
        foreach (var unit in units.Where((_, n) => n != 3))
            await unit.Done.WaitAsync(Ceiling, Cancel);
        Assert.False(units[3].Done.IsCompleted);

        await transaction.RollbackAsync(Cancel);
        await units[3].Done.WaitAsync(Ceiling, Cancel);
    }

    [Fact]
    public async Task Disposal_commits_what_waits_fails_what_waits_for_a_lock_and_takes_no_more()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var storage = Fast.Open(database.ConnectionString);
        var parts = storage.Parts;
        var job = Create(storage, 1)[0];
        await using var locker = new NpgsqlConnection(database.ConnectionString);
        await locker.OpenAsync(Cancel);
        await using var transaction = await locker.BeginTransactionAsync(Cancel);
        await using (var take = new NpgsqlCommand($"select 1 from hangfire.job where id = {job} for update", locker))
            await take.ExecuteNonQueryAsync(Cancel);
        var locked = Changing(job, null);
        parts.Committer.Submit(locked);
        var units = Enumerable.Range(0, 500).Select(n => Adding($"{n}")).ToList();
        foreach (var unit in units)
            parts.Committer.Submit(unit);
        var taking = parts.Dispatchers.For(["default", "nothing"]);

        await Task.Run(storage.Dispose, Cancel).WaitAsync(Ceiling, Cancel);

        foreach (var unit in units)
            await unit.Done.WaitAsync(Ceiling, Cancel);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => locked.Done.WaitAsync(Ceiling, Cancel));
        Assert.Throws<ObjectDisposedException>(() => parts.Committer.Submit(Adding("late")));
        Assert.Throws<ObjectDisposedException>(() => taking.Take(Cancel));
        Assert.Throws<ObjectDisposedException>(() => parts.Dispatchers.For(["default"]));
        Assert.Equal(500, await database.QueryAsync<long>("select count(*) from hangfire.set where key = 'k'", Cancel));
    }

    private static Unit Adding(string value)
    {
        var unit = new Unit();
        unit.AddedToSets.Add(new SetRow("k", value, 0));
        return unit;
    }

    private static Unit Changing(long job, Expectation? expected, Hold? released = null)
    {
        var unit = new Unit();
        var change = unit.ChangeOf(job);
        change.RaisesVersion = true;
        if (expected is { } seen)
            change.Read = new JobSnapshot(job, "{}", "[]", DateTime.UnixEpoch, null, seen, []);
        change.Settle();
        if (released is { } hold)
            unit.Released.Add(hold);
        return unit;
    }

    private static List<long> Create(JobServer.BatchedStorage.BatchedPostgreSqlStorage storage, int jobs)
    {
        var client = new BackgroundJobClient(storage, Fast.Filters());
        return
        [
            .. Enumerable
                .Range(0, jobs)
                .Select(_ => long.Parse(client.Create(() => Runs.Work("", 0, null!), new EnqueuedState()))),
        ];
    }
}
