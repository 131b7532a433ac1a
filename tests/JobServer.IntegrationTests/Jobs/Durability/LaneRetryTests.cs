using JobServer.IntegrationTests.Faults;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class LaneRetryTests(TestCluster cluster)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lane_that_fails_is_tried_again_in_its_own_queue()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await Sql.RunAsync(
            database.ConnectionString,
            Cancel,
            "create sequence failed",
            """
            create function fail_once() returns trigger language plpgsql as $$
            begin
                if nextval('failed') = 1 then raise exception 'for once'; end if;
                return null;
            end $$
            """,
            "create trigger fail_once before update on jobserver.chunks for each statement execute function fail_once()"
        );
        await using var peer = await Peer.StartAsync();
        await using var host = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var jobs = new JobClient(host.Http);
        var id = (await jobs.SubmitAsync(new { urls = new[] { $"{peer.Url}/json/1" } }, Cancel)).Id();

        Assert.Equal("succeeded", (await jobs.WaitForEndAsync(id, Cancel)).State());
        Assert.Equal(
            "Enqueued fetch, Processing, Failed, Scheduled, Processing, Succeeded",
            await database.QueryAsync<string>(
                "select string_agg(concat_ws(' ', name, data ->> 'Queue'), ', ' order by id) from hangfire.state",
                Cancel
            )
        );
    }
}
