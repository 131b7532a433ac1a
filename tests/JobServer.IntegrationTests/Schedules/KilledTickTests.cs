using System.Globalization;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

public sealed class KilledTickTests(TestCluster cluster, ITestOutputHelper output)
{
    private const int Hosts = 3;

    // JOBSERVER_SOAK_SECONDS=300 makes it long.
    private static readonly int Seconds = int.Parse(
        Environment.GetEnvironmentVariable("JOBSERVER_SOAK_SECONDS") ?? "20",
        CultureInfo.InvariantCulture
    );

    private static readonly int SecondsBetweenKills = Seconds < 60 ? 4 : 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hosts_that_are_killed_in_turn_leave_each_due_time_its_one_job()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        var hosts = new List<HostProcess>();
        try
        {
            for (var n = 0; n < Hosts; n++)
                hosts.Add(await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel));
            var schedules = new ScheduleClient(hosts[0].Http, database);
            var end = await schedules.InAsync(Seconds);
            await schedules.MakeAsync("killed", ScheduleClient.EachSecond("http://127.0.0.1:9/", end));
            var kills = 0;
            for (var next = SecondsBetweenKills; next < Seconds; next += SecondsBetweenKills, kills++)
            {
                await database.WaitForAsync(
                    $"select now() >= '{end:O}'::timestamptz - interval '{Seconds - next} s'",
                    Cancel
                );
                await hosts[0].KillAsync();
                await hosts[0].DisposeAsync();
                hosts.RemoveAt(0);
                hosts.Add(await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel));
            }

            await new ScheduleClient(hosts[0].Http, database).WaitForEndAsync("killed");

            var due = await new ScheduleClient(hosts[0].Http, database).AssertOneJobForEachSecondAsync("killed");
            output.WriteLine($"{due} due times, {kills} kills");
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
