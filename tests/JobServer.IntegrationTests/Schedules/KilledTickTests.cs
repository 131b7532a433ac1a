using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

public sealed class KilledTickTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Seconds = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_that_are_killed_in_turn_leave_each_due_time_its_one_job()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var hosts = new List<HostProcess>();
        try
        {
            for (var n = 0; n < 2; n++)
                hosts.Add(await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel));
            var schedules = new ScheduleClient(hosts[0].Http, database);
            var end = await schedules.InAsync(Seconds);
            await schedules.MakeAsync("killed", ScheduleClient.EachSecond("http://127.0.0.1:9/", end));
            for (var kill = 0; await database.QueryAsync<bool>($"select now() < '{end:O}'", Cancel); kill++)
            {
                // At work again: something was submitted since the last kill.
                var runs = await database.QueryAsync<long>("select count(*) from jobserver.schedule_runs", Cancel);
                await database.WaitForAsync(
                    $"select count(*) > {runs} or now() > '{end:O}' from jobserver.schedule_runs",
                    Cancel
                );
                await hosts[0].DisposeAsync();
                hosts.RemoveAt(0);
                hosts.Add(await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel));
                output.WriteLine($"kill {kill + 1}");
            }

            await new ScheduleClient(hosts[0].Http, database).WaitForEndAsync("killed");

            var due = await new ScheduleClient(hosts[0].Http, database).AssertOneJobForEachSecondAsync("killed");
            output.WriteLine($"{due} due times");
            output.WriteLine(
                await database.QueryAsync<string>(
                    """
                    select 'seen to after ' || min(at - due_at) || ' to ' || max(at - due_at) from jobserver.schedule_runs
                    """,
                    Cancel
                )
            );
        }
        finally
        {
            foreach (var host in hosts)
                await host.DisposeAsync();
        }
    }
}
