using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Durability;

public sealed class ReconcilerTests(RunningHost running, TestCluster cluster) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lane_whose_hangfire_job_is_gone_is_enqueued_again()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var peer = await Peer.StartAsync();
        await using var accepting = await HostProcess.StartAsync(
            database.ConnectionString,
            HostProcess.NoWorkers,
            Cancel
        );
        var urls = new[] { $"{peer.Url}/json/1" };
        var id = (await new JobClient(accepting.Http).SubmitAsync(new { urls }, Cancel)).Id();

        await database.ExecuteAsync("delete from hangfire.jobqueue; delete from hangfire.job", Cancel);
        await database.WaitForAsync("select repairs = 1 from jobserver.jobs", Cancel);

        await using var working = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        await new JobClient(working.Http).WaitForEndAsync(id, Cancel);
        await database.AssertEachRecordedOnceAsync(id, 1, Cancel);
    }

    [Fact]
    public async Task Lane_without_a_hangfire_job_is_found_behind_a_long_backlog()
    {
        const string last = "ffffffff-ffff-7fff-bfff-ffffffffffff";
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        await new JobClient(host.Http).SubmitAsync(new { urls = new[] { "http://127.0.0.1:1/" } }, Cancel);

        // Copies of the one, 2,500 that wait as it does and one that nobody will run.
        await database.ExecuteAsync(
            $"""
            with copy as materialized (
                select gen_random_uuid() as id, null::bigint as gone from generate_series(1, 2500)
                union all select '{last}', 0
            ), jobs as (
                insert into jobserver.jobs
                select (jsonb_populate_record(j, jsonb_build_object('id', c.id))).* from jobserver.jobs j, copy c
            ), lanes as (
                insert into jobserver.lanes select (jsonb_populate_record(
                    l, jsonb_build_object('job_id', c.id, 'hangfire_job_id', coalesce(c.gone, l.hangfire_job_id))
                )).* from jobserver.lanes l, copy c
            )
            insert into jobserver.chunks
            select (jsonb_populate_record(k, jsonb_build_object('job_id', c.id))).* from jobserver.chunks k, copy c
            """,
            Cancel
        );

        await database.WaitForAsync($"select repairs = 1 from jobserver.jobs where id = '{last}'", Cancel);
        await database.WaitForAsync("select sum(repairs) = 1 from jobserver.jobs", Cancel);
    }

    [Fact]
    public async Task Lane_deleted_on_hangfires_side_cancels_the_job()
    {
        var options = new { itemTimeout = "00:05:00" };
        var urls = new[] { $"{running.Peer.Url}/json/1", $"{running.Peer.Url}/hang?deleted" };
        var id = (await running.Jobs.SubmitAsync(new { urls, options }, Cancel)).Id();
        await running.Jobs.WaitForAsync(id, job => job.Progress("succeeded") == 1, Cancel);

        // What the dashboard's button does: a state row, the state's name, and no place in a queue.
        await running.Database.ExecuteAsync(
            $"""
            with lane as (
                select hangfire_job_id as id from jobserver.lanes where job_id = '{id}'
            ), state as (
                insert into hangfire.state (jobid, name, createdat, data)
                select id, 'Deleted', now(), '[]' from lane
                returning id, jobid
            )
            update hangfire.job j set stateid = state.id, statename = 'Deleted' from state where j.id = state.jobid
            """,
            Cancel
        );

        var job = await running.Jobs.WaitForEndAsync(id, Cancel);
        Assert.Equal("cancelled", job.State());
        Assert.Equal(1, job.Progress("succeeded"));
    }

    [Fact]
    public async Task Job_whose_deadline_passes_before_it_starts_expires()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var host = await HostProcess.StartAsync(database.ConnectionString, HostProcess.NoWorkers, Cancel);
        var submission = new
        {
            urls = new[] { "http://127.0.0.1:1/" },
            deadline = DateTimeOffset.Parse("2100-01-01T00:00:00Z"),
        };
        var id = (await new JobClient(host.Http).SubmitAsync(submission, Cancel)).Id();

        await database.ExecuteAsync("update jobserver.jobs set deadline = now()", Cancel);

        var job = await new JobClient(host.Http).WaitForEndAsync(id, Cancel);
        Assert.Equal("expired", job.State());
    }

    [Fact]
    public async Task Connections_cut_again_and_again_neither_lose_nor_double_an_item()
    {
        const int items = 400;
        var urls = Enumerable.Range(0, items).Select(n => $"{running.Peer.Url}/slow/30/{n}").ToArray();
        var id = (await running.Jobs.SubmitAsync(new { urls }, Cancel)).Id();
        for (var cut = 1; cut <= 5; cut++)
        {
            await running.Database.WaitForAsync(
                $"select count(*) >= {cut * 40} from jobserver.items where job_id = '{id}'",
                Cancel
            );
            await running.Database.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                    + "where datname = current_database() and pid <> pg_backend_pid()",
                Cancel
            );
        }

        await running.Jobs.WaitForEndAsync(id, Cancel);
        await running.Database.AssertEachRecordedOnceAsync(id, items, Cancel);
    }
}
