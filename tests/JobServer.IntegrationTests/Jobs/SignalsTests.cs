using System.Collections.Concurrent;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Jobs;
using JobServer.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace JobServer.IntegrationTests.Jobs;

/// <summary>Two processes' signals on one database; nobody polls here.</summary>
public sealed class SignalsTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_changed_is_known_here_at_once_and_there_soon_and_once()
    {
        using var here = await StartAsync();
        using var there = await StartAsync();
        var heardHere = new ConcurrentQueue<string>();
        var heardThere = new ConcurrentQueue<string>();
        here.JobSignalled += id => heardHere.Enqueue($"{id}");
        here.QueueSignalled += heardHere.Enqueue;
        there.JobSignalled += id => heardThere.Enqueue($"{id}");
        there.QueueSignalled += heardThere.Enqueue;
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());

        here.JobChanged(first);
        here.QueueChanged("fetch");
        Assert.Equal([$"{first}", "fetch"], heardHere);
        await Until.TrueAsync(() => heardThere.Count == 2, Cancel);
        here.JobChanged(second);
        await Until.TrueAsync(() => heardThere.Count == 3, Cancel);

        Assert.Equal($"{second}", heardThere.Last());
        Assert.Equal(new[] { $"{first}", $"{second}", "fetch" }.Order(), heardThere.Order());
        // What came back by way of the database was not told again.
        Assert.Equal([$"{first}", "fetch", $"{second}"], heardHere);
        await StopAsync(here, there);
    }

    [Fact]
    public async Task Progress_however_fast_is_told_a_few_times()
    {
        using var here = await StartAsync();
        using var there = await StartAsync();
        var (job, last) = (Guid.NewGuid(), Guid.NewGuid());
        var heard = new ConcurrentQueue<Guid>();
        there.JobSignalled += heard.Enqueue;

        for (var n = 0; n < 100_000; n++)
            here.JobProgressed(job);
        await Until.TrueAsync(() => heard.Contains(job), Cancel);
        here.JobProgressed(last);
        await Until.TrueAsync(() => heard.Contains(last), Cancel);

        Assert.InRange(heard.Count, 2, 50);
        await StopAsync(here, there);
    }

    [Fact]
    public async Task A_listener_that_was_lost_comes_back_and_takes_anything_for_changed()
    {
        using var signals = await StartAsync();
        var heard = new ConcurrentQueue<Guid>();
        signals.JobSignalled += heard.Enqueue;

        await _database.ExecuteAsync(
            "select pg_terminate_backend(pid) from pg_stat_activity "
                + "where datname = current_database() and query = 'listen jobserver'",
            Cancel
        );
        await Until.TrueAsync(() => heard.Contains(Guid.Empty), Cancel);

        Assert.True(signals.IsListening);
        await StopAsync(signals);
    }

    private async Task<Signals> StartAsync()
    {
        var signals = new Signals(
            new SignalChannel(_source, _database.ConnectionString),
            TimeProvider.System,
            NullLogger<Signals>.Instance
        );
        await signals.StartAsync(Cancel);
        await Until.TrueAsync(() => signals.IsListening, Cancel);
        return signals;
    }

    private static Task StopAsync(params IEnumerable<Signals> all) =>
        Task.WhenAll(all.Select(signals => signals.StopAsync(Cancel)));
}
