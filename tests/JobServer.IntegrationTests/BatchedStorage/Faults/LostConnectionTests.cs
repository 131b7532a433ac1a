using Hangfire;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

public sealed class LostConnectionTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>By the last statement of each of the connections that the storage keeps.</summary>
    [Theory]
    [InlineData("committer", "with created as (%")]
    [InlineData("claimer", "%with lease as (%")]
    [InlineData("leases", "%with renewed as (%")]
    [InlineData("listener", "listen %")]
    [InlineData("locks", "select pg_%advisory_%lock(hashtextextended($1, 0))")]
    public async Task A_kept_connection_that_is_terminated_is_made_anew_and_nothing_is_lost(string whose, string query)
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var runs = await RunTable.CreateAsync(database.ConnectionString, Cancel);
        using var storage = Fast.Open(database.ConnectionString);
        await using var load = new Load(storage, database.ConnectionString, mostWaiting: 200);
        load.Start(runs);
        using (new BackgroundJobServer(Fast.Server(5), storage))
        {
            for (var time = 0; time < 3; time++)
            {
                using (var client = storage.GetConnection())
                using (client.AcquireDistributedLock("any", TimeSpan.FromSeconds(30)))
                {
                    // That there is a session of locks.
                }

                // One that was made since the last time.
                await runs.WaitAsync(
                    $"""
                    select count(pg_terminate_backend(pid, 10000)) > 0 from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid() and ltrim(query, e' \n') like '{query}'
                        and query not like '%pg_terminate_backend%'
                    """,
                    Cancel
                );
                var ran = await runs.AskAsync<long>("select count(*) from runs", Cancel);
                await runs.WaitAsync($"select count(*) > {ran + 20} from runs", Cancel);
            }

            await load.StopAsync();
            await runs.WaitForAllAsync(Cancel);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{whose}: {load.Created.Count} jobs, {load.Unknown} calls failed; ran again: {await runs.RepeatedAsync(Cancel)}"
        );
        var jobs = await runs.AskAsync<long[]>("select array(select id from hangfire.job)", Cancel);
        Assert.Empty(load.Created.Select(long.Parse).Except(jobs));
        Assert.InRange(jobs.Length - load.Created.Count, 0, load.Unknown);
        await runs.AssertWholeAsync(Cancel);
    }
}
