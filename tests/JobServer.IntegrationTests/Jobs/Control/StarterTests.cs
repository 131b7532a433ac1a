using System.Globalization;
using System.Net;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Control;

public sealed class StarterTests(TestCluster cluster, ITestOutputHelper output) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private Peer _peer = null!;
    private HostProcess _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private JobClient Jobs => new(_host.Http);

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _peer = await Peer.StartAsync();
        _host = await HostProcess.StartAsync(_database.ConnectionString, null, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _peer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_job_starts_when_its_time_has_come_and_not_before()
    {
        // Several within one interval of looks: nothing but the time itself can wake the starter.
        var first = Now.AddSeconds(3);
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
            ids.Add(await SubmitAsync(first.AddMilliseconds(n * 130)));

        foreach (var id in ids)
        {
            await Jobs.WaitForEndAsync(id, Cancel);
            var late = await _database.QueryAsync<double>(
                $"""
                select extract(epoch from l.at - j.start_at)::float8 * 1000
                from jobserver.jobs j join jobserver.job_log l on l.job_id = j.id and l.detail = 'queued'
                where j.id = '{id}'
                """,
                Cancel
            );
            output.WriteLine($"queued {late:0.0} ms after its time");
            Assert.InRange(late, 0, 10_000);
        }

        await AssertRepairedNothingAsync();
    }

    [Fact]
    public async Task A_scheduled_job_has_no_lane_in_any_queue_and_is_left_alone()
    {
        var id = await SubmitAsync(Now.AddHours(1));
        // Both have looked at it: the reconciler, and the starter that a later job woke.
        await Jobs.WaitForEndAsync(await SubmitAsync(Now.AddSeconds(3)), Cancel);
        await _host.DisposeAsync();
        _host = await HostProcess.StartAsync(_database.ConnectionString, null, Cancel);
        await Jobs.WaitForEndAsync(await SubmitAsync(Now.AddSeconds(3)), Cancel);

        var job = await Jobs.GetAsync(id, Cancel);
        Assert.Equal(("scheduled", 0), (job.State(), job.Progress("repairs")));
        Assert.Equal(
            "0 1",
            await _database.QueryAsync<string>(
                $"select concat_ws(' ', count(hangfire_job_id), count(*)) from jobserver.lanes where job_id = '{id}'",
                Cancel
            )
        );

        using var cancel = await _host.Http.PostAsync($"/v1/jobs/{id}/cancel", content: null, Cancel);
        Assert.Equal(HttpStatusCode.OK, cancel.StatusCode);
        Assert.Equal("cancelled", (await Jobs.GetAsync(id, Cancel)).State());
    }

    [Fact]
    public async Task A_scheduled_job_whose_deadline_comes_first_expires_without_a_call()
    {
        var id = await SubmitAsync(Now.AddHours(1));
        await _database.ExecuteAsync($"update jobserver.jobs set deadline = now() where id = '{id}'", Cancel);

        Assert.Equal("expired", (await Jobs.WaitForEndAsync(id, Cancel)).State());
        Assert.Empty(_peer.Calls);
    }

    [Fact]
    public async Task A_job_in_line_starts_when_all_earlier_ones_of_its_schedule_have_ended()
    {
        var ids = new List<string>();
        for (var n = 0; n < 4; n++)
            ids.Add(await SubmitAsync(Now.AddHours(1)));
        // One of another schedule, which waits for nobody.
        ids.Add(await SubmitAsync(Now.AddHours(1)));

        await _database.ExecuteAsync(
            $"""
            update jobserver.jobs
            set schedule_id = case when id = '{ids[4]}' then 'other' else 'nightly' end, in_line = true, start_at = null
            """,
            Cancel
        );
        foreach (var id in ids)
            await Jobs.WaitForEndAsync(id, Cancel);

        Assert.Equal(
            string.Join(' ', ids[..4]),
            await _database.QueryAsync<string>(
                """
                select string_agg(l.job_id::text, ' ' order by l.no) from jobserver.job_log l
                join jobserver.jobs j on j.id = l.job_id
                where l.detail = 'queued' and j.schedule_id = 'nightly'
                """,
                Cancel
            )
        );
        Assert.Equal(
            0,
            await _database.QueryAsync<long>(
                """
                select count(*) from jobserver.jobs a join jobserver.jobs b on b.schedule_id = a.schedule_id and b.id > a.id
                where b.started_at < a.finished_at
                """,
                Cancel
            )
        );
    }

    [Fact]
    public async Task Kills_around_the_start_of_jobs_start_each_of_them_once()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        // Hosts that only start jobs are killed: what the death of one that runs them leaves behind is another matter.
        var first = Now.AddSeconds(4);
        var ids = new List<string>();
        for (var n = 0; n < 60; n++)
            ids.Add(await SubmitAsync(first.AddMilliseconds(n * 50), lanes: 2));
        await _host.DisposeAsync();
        for (var kill = 1; kill <= 3; kill++)
        {
            await using var starter = await HostProcess.StartAsync(
                _database.ConnectionString,
                HostProcess.NoWorkers,
                Cancel
            );
            await _database.WaitForAsync(
                $"select count(*) > {kill * 12} from jobserver.jobs where state <> 'scheduled'",
                Cancel
            );
            await Task.Delay(random.Next(0, 100), Cancel);
            await starter.KillAsync();
        }

        _host = await HostProcess.StartAsync(_database.ConnectionString, null, Cancel);
        foreach (var id in ids)
            Assert.Equal("succeeded", (await Jobs.WaitForEndAsync(id, Cancel)).State());
        Assert.Equal(
            "60 60",
            await _database.QueryAsync<string>(
                """
                select concat_ws(' ', count(*), count(distinct job_id)) from jobserver.job_log
                where event = 'state' and detail = 'queued'
                """,
                Cancel
            )
        );
        await AssertRepairedNothingAsync();
    }

    private async Task<string> SubmitAsync(DateTimeOffset startAt, int lanes = 1)
    {
        var urls = Enumerable.Range(0, 3).Select(n => $"{_peer.Url}/json/{n}");
        var options = new { concurrency = lanes * 100 };
        var text = startAt.ToString("O", CultureInfo.InvariantCulture);
        var job = await Jobs.SubmitAsync(
            new
            {
                urls,
                options,
                startAt = text,
            },
            Cancel
        );
        Assert.Equal("scheduled", job.State());
        return job.Id();
    }

    private async Task AssertRepairedNothingAsync() =>
        Assert.Equal(
            0,
            await _database.QueryAsync<long>("select coalesce(sum(repairs), 0) from jobserver.jobs", Cancel)
        );
}
