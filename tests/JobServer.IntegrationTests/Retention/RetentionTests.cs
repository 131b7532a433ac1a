using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Retention;

public sealed class RetentionTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private Peer _peer = null!;
    private HostProcess _host = null!;
    private JobClient _jobs = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _peer = await Peer.StartAsync();
        _host = await HostProcess.StartAsync(
            _database.ConnectionString,
            new Dictionary<string, string>
            {
                ["Retention__Interval"] = "00:00:01",
                ["Retention__Failed"] = "2.00:00:00",
                ["Retention__Succeeded"] = "3.00:00:00",
                ["Retention__Kinds__enrichment__Succeeded"] = "1.00:00:00",
                ["Retention__Files"] = "1.00:00:00",
            },
            Cancel
        );
        _jobs = new JobClient(_host.Http);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _peer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_job_goes_when_its_kind_and_state_say_so_and_all_that_was_its_own_with_it()
    {
        var (old, failed, enriched) = (
            await FetchAsync("json/1"),
            await FetchAsync("status/404"),
            await EnrichAsync("""{"records":[{"a":1},{"a":2}]}""")
        );
        var (younger, other) = (await FetchAsync("json/1"), await FetchAsync("status/404"));

        await AgeAsync("3 days", old);
        await AgeAsync("2 days", failed);
        await AgeAsync("1 day", enriched);
        // A second short of its time.
        await AgeAsync("2 days 23:59:00", younger);
        await AgeAsync("1 day 23:59:00", other);

        foreach (var gone in new[] { old, failed, enriched })
            await WaitUntilGoneAsync(gone);
        Assert.Equal("succeeded", (await _jobs.GetAsync(younger, Cancel)).State());
        Assert.Single(await _jobs.ResultsAsync(other, Cancel));
        Assert.Equal(
            "0 0 0 0 0",
            await _database.QueryAsync<string>(
                $"""
                select concat_ws(' ',
                    (select count(*) from jobserver.items where job_id <> all (array['{younger}', '{other}']::uuid[])),
                    (select count(*) from jobserver.outputs),
                    (select count(*) from jobserver.files),
                    (select count(*) from jobserver.file_pieces),
                    (select count(*) from jobserver.job_log where job_id <> all (array['{younger}', '{other}']::uuid[])))
                """,
                Cancel
            )
        );
    }

    [Fact]
    public async Task A_held_job_stays_until_it_is_released_and_cannot_be_erased_by_hand()
    {
        var (held, mark) = (await FetchAsync("json/1"), await FetchAsync("json/1"));
        using var hold = await PostAsync($"/v1/jobs/{held}/hold");
        Assert.True((await ReadAsync(hold)).GetProperty("held").GetBoolean());
        await AgeAsync("4 days", held, mark);

        // What was to go with it has gone.
        await WaitUntilGoneAsync(mark);
        Assert.Equal("succeeded", (await _jobs.GetAsync(held, Cancel)).State());
        using var erase = await _host.Http.DeleteAsync($"/v1/jobs/{held}", Cancel);
        var problem = await erase.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Contains("release", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        using var release = await PostAsync($"/v1/jobs/{held}/release");
        Assert.False((await ReadAsync(release)).GetProperty("held").GetBoolean());
        await WaitUntilGoneAsync(held);
        using var unknown = await PostAsync($"/v1/jobs/{held}/hold");
        await unknown.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-job", Cancel);
    }

    [Fact]
    public async Task A_file_goes_only_when_it_is_old_and_so_is_the_end_of_its_last_job()
    {
        var (unused, used, busy) = (await UploadAsync(), await UploadAsync(), await UploadAsync());
        var ended = await EnrichAsync($$"""{"fileId":"{{used}}"}""");
        var hanging = await SubmitAsync(
            $$"""
            {"input":{"fileId":"{{busy}}"},"options":{"itemTimeout":"00:10:00"},
             "steps":[{"type":"lookup","url":"{{_peer.Url}}/hang?{a}","into":"x"}]}
            """
        );
        await _jobs.WaitForAsync(hanging, job => job.State() == "running", Cancel);

        await _database.ExecuteAsync("update jobserver.files set created_at = now() - interval '1 day'", Cancel);

        await WaitForAsync($"not exists (select from jobserver.files where id = '{unused}')");
        await WaitForAsync($"not exists (select from jobserver.file_pieces where file_id = '{unused}')");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/v1/files/{used}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/v1/files/{busy}"));
        await _database.ExecuteAsync(
            $"update jobserver.jobs set finished_at = now() - interval '1 day' where id = '{ended}'",
            Cancel
        );
        await WaitForAsync($"not exists (select from jobserver.files where id = '{used}')");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"/v1/files/{busy}"));
    }

    [Fact]
    public async Task Large_jobs_go_in_steps_and_old_keys_and_failed_rows_of_Hangfire_go_too()
    {
        var job = await FetchAsync("json/1");
        await _database.ExecuteAsync(
            $"""
            insert into jobserver.items (job_id, seq, state, value, attempts, duration_ms)
            select '{job}', seq, 'succeeded', '1', 1, 1 from generate_series(1, 12000) as seq;
            insert into jobserver.idempotency_keys (key, request, fingerprint, resource_id, created_at)
            values ('old', 'POST', '', '{job}', now() - interval '25 hours'), ('new', 'POST', '', '{job}', now());
            insert into hangfire.job (statename, invocationdata, arguments, createdat)
            select 'Failed', 'null', '[]', now() - interval '2 days' from generate_series(1, 250)
            """,
            Cancel
        );

        await AgeAsync("3 days", job);

        await WaitUntilGoneAsync(job);
        await WaitForAsync($"not exists (select from jobserver.items where job_id = '{job}')");
        await WaitForAsync("not exists (select from jobserver.erasures)");
        await WaitForAsync("not exists (select from hangfire.job where statename = 'Failed')");
        await WaitForAsync("(select string_agg(key, ' ') from jobserver.idempotency_keys) = 'new'");
    }

    private Task AgeAsync(string age, params string[] jobs) =>
        _database.ExecuteAsync(
            $"""
            update jobserver.jobs set finished_at = now() - interval '{age}'
            where id = any (array['{string.Join("','", jobs)}']::uuid[])
            """,
            Cancel
        );

    private Task WaitForAsync(string condition) => _database.WaitForAsync($"select {condition}", Cancel);

    private async Task WaitUntilGoneAsync(string job)
    {
        await WaitForAsync($"not exists (select from jobserver.jobs where id = '{job}')");
        await WaitForAsync("not exists (select from jobserver.erasures)");
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"/v1/jobs/{job}"));
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var answer = await _host.Http.GetAsync(path, Cancel);
        return answer.StatusCode;
    }

    private async Task<string> FetchAsync(string path)
    {
        var job = await _jobs.SubmitAsync(
            new { urls = new[] { $"{_peer.Url}/{path}" }, options = new { retry = new { maxAttempts = 1 } } },
            Cancel
        );
        await _jobs.WaitForEndAsync(job.Id(), Cancel);
        return job.Id();
    }

    private async Task<string> EnrichAsync(string input)
    {
        var job = await SubmitAsync($$"""{"input":{{input}},"steps":[{"type":"processedAt"}]}""");
        await _jobs.WaitForEndAsync(job, Cancel);
        return job;
    }

    private async Task<string> SubmitAsync(string body)
    {
        using var json = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _host.Http.PostAsync("/v1/jobs/enrichment", json, Cancel);
        return (await ReadAsync(answer)).Id();
    }

    private async Task<string> UploadAsync()
    {
        using var csv = new StringContent("a,b\n1,2\n", Encoding.UTF8, "text/csv");
        using var answer = await _host.Http.PostAsync("/v1/files", csv, Cancel);
        return (await ReadAsync(answer)).Id();
    }

    private Task<HttpResponseMessage> PostAsync(string path) => _host.Http.PostAsync(path, null, Cancel);

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonElement.Parse(body);
    }
}
