using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

public sealed class DueTimeTests(RunningHost running, TestCluster cluster, ITestOutputHelper output)
    : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ScheduleClient Schedules => new(running.Host.Http, running.Database);

    private string Url => $"{running.Peer.Url}/json/1";

    [Fact]
    public async Task Two_hosts_make_one_job_of_each_due_time()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var one = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        await using var two = await HostProcess.StartAsync(database.ConnectionString, null, Cancel);
        var schedules = new ScheduleClient(one.Http, database);
        await schedules.MakeAsync("second", ScheduleClient.EachSecond(Url, await schedules.InAsync(8)));

        await schedules.WaitForEndAsync("second");

        output.WriteLine($"{await schedules.AssertOneJobForEachSecondAsync("second")} due times");
        await database.WaitForAsync(
            "select count(*) = 0 from jobserver.jobs where schedule_id = 'second' and state <> 'succeeded'",
            Cancel
        );
        // It was Hangfire that ticked, in the queue of the server's own; and it lists no schedule that is over.
        var ticks = await database.QueryAsync<long>(
            "select count(*) from hangfire.job where invocationdata::text like '%ScheduleTick%' and statename = 'Succeeded'",
            Cancel
        );
        output.WriteLine($"ticks {ticks}");
        Assert.True(ticks > 0);
        await database.WaitForAsync("select count(*) = 0 from hangfire.set where key = 'recurring-jobs'", Cancel);
    }

    [Fact]
    public async Task Paused_it_has_no_due_times_and_resumed_none_of_them_is_made_up_for()
    {
        await Schedules.MakeAsync("paused", ScheduleClient.EachSecond(Url));
        await Schedules.WaitForRunsAsync("paused", "submitted", 1);
        using var pausing = await Schedules.PostAsync("paused", "pause");
        var paused = JsonElement.Parse(await pausing.Content.ReadAsStringAsync(Cancel));
        Assert.True(paused.GetProperty("paused").GetBoolean());
        Assert.Equal(JsonValueKind.Null, paused.GetProperty("nextDueAt").ValueKind);
        var pausedAt = paused.GetProperty("updatedAt").GetString();
        await RecurringAsync("paused", count: 0);
        // As if it had been so for an hour.
        await running.Database.ExecuteAsync(
            """
            update jobserver.schedules set seen_until = seen_until - interval '1 h',
                next_due_at = next_due_at - interval '1 h' where id = 'paused'
            """,
            Cancel
        );
        var last = paused.GetProperty("lastRun").GetProperty("dueAt").GetString();
        await running.Database.WaitForAsync($"select now() > timestamptz '{pausedAt}' + interval '3 s'", Cancel);
        Assert.Equal(
            last,
            (await Schedules.ReadAsync("paused")).GetProperty("lastRun").GetProperty("dueAt").GetString()
        );

        using var resuming = await Schedules.PostAsync("paused", "resume");
        var resumedAt = JsonElement
            .Parse(await resuming.Content.ReadAsStringAsync(Cancel))
            .GetProperty("updatedAt")
            .GetString();
        await running.Database.WaitForAsync(
            $"select count(*) > 0 from jobserver.schedule_runs where schedule_id = 'paused' and due_at > '{resumedAt}'",
            Cancel
        );

        Assert.Equal(
            0,
            await running.Database.QueryAsync<long>(
                $"""
                select count(*) from jobserver.schedule_runs
                where schedule_id = 'paused' and due_at > '{last}' and due_at <= '{resumedAt}'
                """,
                Cancel
            )
        );
        await RecurringAsync("paused", count: 1);
        using var deleted = await running.Host.Http.DeleteAsync("/v1/schedules/paused", Cancel);
        await RecurringAsync("paused", count: 0);
    }

    [Fact]
    public async Task A_recurring_job_that_is_gone_from_Hangfire_is_put_back_and_missed_by_nobody()
    {
        await Schedules.MakeAsync("mirrored", ScheduleClient.EachSecond(Url));
        await RecurringAsync("mirrored", count: 1);

        await running.Database.ExecuteAsync(
            "delete from hangfire.set where value = 'schedule:mirrored'; "
                + "delete from hangfire.hash where key = 'recurring-job:schedule:mirrored'",
            Cancel
        );
        await Schedules.WaitForRunsAsync("mirrored", "submitted", 5);
        await RecurringAsync("mirrored", count: 1);

        await Schedules.AssertOneJobForEachSecondAsync("mirrored");
        using var deleted = await running.Host.Http.DeleteAsync("/v1/schedules/mirrored", Cancel);
    }

    [Fact]
    public async Task Overlap_skip_makes_no_job_while_one_has_not_ended()
    {
        await Schedules.MakeAsync(
            "skipping",
            ScheduleClient.EachSecond($"{running.Peer.Url}/hang?skip", overlap: "skip")
        );
        await Schedules.WaitForRunsAsync("skipping", "overlapped", 3);
        Assert.Matches("^overlapped [0-9]+, submitted 1$", await Schedules.OutcomesAsync("skipping"));
        var job = await OnlyJobAsync("skipping");
        var overlapped = (await Schedules.ReadAsync("skipping/runs?limit=1")).GetProperty("data")[0];
        Assert.Equal(job, overlapped.GetProperty("jobId").GetString());
        Assert.Equal("An earlier job had not ended.", overlapped.GetProperty("detail").GetString());

        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{job}/cancel", content: null, Cancel);
        await Schedules.WaitForRunsAsync("skipping", "submitted", 2);

        using var deleted = await running.Host.Http.DeleteAsync("/v1/schedules/skipping", Cancel);
    }

    [Fact]
    public async Task Overlap_queue_runs_jobs_one_after_the_other_and_lines_up_a_hundred_at_most()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (open, mostOpen) = (0, 0);
        running.Peer.Answers["/gated"] = async http =>
        {
            mostOpen = Math.Max(mostOpen, Interlocked.Increment(ref open));
            await gate.Task.WaitAsync(http.RequestAborted);
            Interlocked.Decrement(ref open);
        };
        // Seen to late: more due times than fit in line.
        await Schedules.MakeAsync("lined", Hourly($"{running.Peer.Url}/gated"));
        await running.Database.ExecuteAsync(
            """
            insert into jobserver.servers (id, name, started_at) values (gen_random_uuid(), 'other', '2020-01-01');
            update jobserver.schedules set cron = '@every_second', seen_until = date_trunc('second', now()) - interval '105 s',
                end_at = date_trunc('second', now()), next_due_at = date_trunc('second', now()) - interval '104 s'
            where id = 'lined'
            """,
            Cancel
        );
        await Schedules.WaitForEndAsync("lined");

        Assert.Equal("overlapped 4, submitted 101", await Schedules.OutcomesAsync("lined"));
        await Until.TrueAsync(() => Volatile.Read(ref open) == 1, Cancel);
        gate.SetResult();
        await running.Database.WaitForAsync(
            """
            select count(*) filter (where state = 'succeeded') >= 10 from jobserver.jobs where schedule_id = 'lined'
            """,
            Cancel
        );
        Assert.Equal(1, mostOpen);
        // By their due times, none before the one before it had ended.
        Assert.Equal(
            0,
            await running.Database.QueryAsync<long>(
                """
                select count(*) from (
                    select started_at, lag(coalesce(finished_at, 'infinity')) over (order by due_at) as before
                    from jobserver.jobs where schedule_id = 'lined'
                ) j where started_at < before
                """,
                Cancel
            )
        );
        await running.Database.ExecuteAsync("delete from jobserver.servers where name = 'other'", Cancel);
    }

    [Fact]
    public async Task Jitter_delays_each_job_by_the_same_on_every_look()
    {
        await Schedules.MakeAsync(
            "jittered",
            new
            {
                cron = "@every_second",
                kind = "fetch",
                args = new { urls = new[] { Url } },
                jitter = "01:00:00",
            }
        );
        await Schedules.WaitForRunsAsync("jittered", "submitted", 3);
        using var deleted = await running.Host.Http.DeleteAsync("/v1/schedules/jittered", Cancel);
        var jobs = JsonElement
            .Parse(await running.Host.Http.GetStringAsync("/v1/jobs?schedule=jittered", Cancel))
            .GetProperty("data");

        foreach (var job in jobs.EnumerateArray())
        {
            var dueAt = job.GetProperty("dueAt").GetDateTimeOffset();
            var delay = JobServer.Schedules.Jitter.Of("jittered", dueAt, TimeSpan.FromHours(1));
            Assert.Equal(dueAt + delay, job.GetProperty("startAt").GetDateTimeOffset());
        }

        Assert.Contains(jobs.EnumerateArray(), job => job.State() == "scheduled");
    }

    [Fact]
    public async Task Args_that_are_refused_when_due_are_recorded_and_the_schedule_goes_on()
    {
        using var csv = new StringContent("email\na@example.org\n", Encoding.UTF8);
        csv.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var uploaded = await running.Host.Http.PostAsync("/v1/files", csv, Cancel);
        var file = JsonElement.Parse(await uploaded.Content.ReadAsStringAsync(Cancel)).Id();
        var args = new { input = new { fileId = file }, steps = new[] { new { type = "processedAt" } } };
        await Schedules.MakeAsync(
            "erased",
            new
            {
                cron = "0 0 1 1 *",
                kind = "enrichment",
                args,
            }
        );
        using var erased = await running.Host.Http.DeleteAsync($"/v1/files/{file}", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);

        await running.Database.ExecuteAsync(
            "update jobserver.schedules set cron = '@every_second', next_due_at = now(), seen_until = now() where id = 'erased'",
            Cancel
        );
        await Schedules.WaitForRunsAsync("erased", "refused", 3);

        Assert.Matches("^refused [0-9]+$", await Schedules.OutcomesAsync("erased"));
        var run = (await Schedules.ReadAsync("erased/runs?limit=1")).GetProperty("data")[0];
        Assert.Contains("input names the file", run.GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var trigger = await Schedules.PostAsync("erased", "trigger");
        var problem = await trigger.ReadProblemAsync(HttpStatusCode.Conflict, "schedule-refused", Cancel);
        Assert.Contains("input names the file", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var deleted = await running.Host.Http.DeleteAsync("/v1/schedules/erased", Cancel);
    }

    [Fact]
    public async Task A_unique_key_that_is_taken_refuses_the_due_time_or_names_the_job_that_has_it()
    {
        var args = new { urls = new[] { $"{running.Peer.Url}/hang?unique" }, uniqueKey = "one at a time" };
        var holder = (await running.Jobs.SubmitAsync(args, Cancel)).Id();
        await Schedules.MakeAsync(
            "rejecting",
            new
            {
                cron = "@every_second",
                kind = "fetch",
                args,
            }
        );
        await Schedules.MakeAsync(
            "returning",
            new
            {
                cron = "@every_second",
                kind = "fetch",
                args = new
                {
                    args.urls,
                    args.uniqueKey,
                    onConflict = "return",
                },
            }
        );

        await Schedules.WaitForRunsAsync("rejecting", "refused", 2);
        await Schedules.WaitForRunsAsync("returning", "overlapped", 2);

        Assert.Matches("^refused [0-9]+$", await Schedules.OutcomesAsync("rejecting"));
        Assert.Matches("^overlapped [0-9]+$", await Schedules.OutcomesAsync("returning"));
        var run = (await Schedules.ReadAsync("returning/runs?limit=1")).GetProperty("data")[0];
        Assert.Equal(holder, run.GetProperty("jobId").GetString());
        foreach (var id in new[] { "rejecting", "returning" })
        {
            using var deleted = await running.Host.Http.DeleteAsync($"/v1/schedules/{id}", Cancel);
        }

        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{holder}/cancel", content: null, Cancel);
    }

    private static object Hourly(string url) =>
        new
        {
            cron = "@hourly",
            kind = "fetch",
            args = new { urls = new[] { url } },
            overlap = "queue",
        };

    private Task RecurringAsync(string id, int count) =>
        running.Database.WaitForAsync(
            $"select count(*) = {count} from hangfire.set where key = 'recurring-jobs' and value = 'schedule:{id}'",
            Cancel
        );

    private async Task<string> OnlyJobAsync(string schedule) =>
        (
            await running.Database.QueryAsync<Guid>(
                $"select id from jobserver.jobs where schedule_id = '{schedule}'",
                Cancel
            )
        ).ToString();
}
