using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Schedules;

/// <summary>What tests ask of schedules again and again.</summary>
internal sealed class ScheduleClient(HttpClient http, TestDatabase database)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Task<HttpResponseMessage> PutAsync(string id, object body) =>
        http.PutAsJsonAsync($"/v1/schedules/{id}", body, Cancel);

    /// <summary>Makes or replaces a schedule, which must succeed.</summary>
    public async Task<JsonElement> MakeAsync(string id, object body)
    {
        using var response = await PutAsync(id, body);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    public Task<HttpResponseMessage> PostAsync(string id, string action) =>
        http.PostAsync($"/v1/schedules/{id}/{action}", content: null, Cancel);

    public async Task<JsonElement> ReadAsync(string path) =>
        JsonElement.Parse(await http.GetStringAsync($"/v1/schedules/{path}", Cancel));

    /// <summary>A fetch of one URL, due each second.</summary>
    public static object EachSecond(string url, DateTimeOffset? endAt = null, string overlap = "allow") =>
        new
        {
            cron = "@every_second",
            kind = "fetch",
            args = new { urls = new[] { url } },
            misfire = "skip",
            overlap,
            endAt,
        };

    /// <summary>The database's time in so many seconds.</summary>
    public async Task<DateTimeOffset> InAsync(int seconds) =>
        new(await database.QueryAsync<DateTime>($"select now() + interval '{seconds} s'", Cancel));

    /// <summary>Waits until nothing of the schedule is due any more.</summary>
    public Task WaitForEndAsync(string id) =>
        database.WaitForAsync($"select next_due_at is null from jobserver.schedules where id = '{id}'", Cancel);

    public Task WaitForRunsAsync(string id, string outcome, int count) =>
        database.WaitForAsync(
            $"select count(*) >= {count} from jobserver.schedule_runs where schedule_id = '{id}' and outcome = '{outcome}'",
            Cancel
        );

    /// <summary>How many runs came out how, like <c>missed 70, submitted 30</c>.</summary>
    public Task<string> OutcomesAsync(string id) =>
        database.QueryAsync<string>(
            $"""
            select coalesce(string_agg(outcome || ' ' || n, ', ' order by outcome), '') from (
                select outcome, count(*) as n from jobserver.schedule_runs where schedule_id = '{id}' group by outcome
            ) o
            """,
            Cancel
        );

    /// <summary>
    /// Every second from the schedule's making to its end, or to now, has one run that was submitted, and that its one
    /// job; fails otherwise. Returns how many runs there are.
    /// </summary>
    public async Task<long> AssertOneJobForEachSecondAsync(string id)
    {
        var row = await database.QueryAsync<string>(
            $"""
            select concat_ws(' ', count(*) - 1 - extract(epoch from max(due_at) - min(due_at))::int,
                count(*) filter (where outcome <> 'submitted'),
                count(*) - count(distinct job_id),
                (select count(*) from jobserver.jobs where schedule_id = '{id}') - count(*),
                (select count(*) from jobserver.jobs j where schedule_id = '{id}' and not exists (
                    select from jobserver.schedule_runs r
                    where r.schedule_id = j.schedule_id and r.due_at = j.due_at and r.job_id = j.id
                )),
                (select concat_ws(' ', min(due_at) <= created_at + interval '2 s',
                    max(due_at) = coalesce(date_trunc('second', end_at), max(due_at)))
                from jobserver.schedules where id = '{id}'))
            from jobserver.schedule_runs where schedule_id = '{id}'
            """,
            Cancel
        );
        Assert.Equal("0 0 0 0 0 t t", row);
        return await database.QueryAsync<long>(
            $"select count(*) from jobserver.schedule_runs where schedule_id = '{id}'",
            Cancel
        );
    }
}
