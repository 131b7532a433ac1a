using System.Net;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using Npgsql;

namespace JobServer.IntegrationTests.Jobs.Submissions;

public sealed class IdempotencyTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Body => $$"""{"urls":["{{running.Peer.Url}}/json/1"]}""";

    [Fact]
    public async Task The_same_key_and_body_answer_with_the_job_as_it_is_now()
    {
        var key = NewKey();
        using var first = await PostAsync("/v1/jobs/fetch", Body, key);
        var job = await ReadAsync(first);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);

        using var quoted = await PostAsync("/v1/jobs/fetch", Body, $"\"{key}\"");
        var again = await ReadAsync(quoted);

        Assert.Equal((HttpStatusCode.Accepted, job.Id()), (quoted.StatusCode, again.Id()));
        Assert.Equal($"/v1/jobs/{job.Id()}", quoted.Headers.Location?.ToString());
        Assert.Equal("succeeded", again.State());
    }

    [Fact]
    public async Task Another_body_or_another_address_under_the_same_key_is_refused_and_makes_nothing()
    {
        var key = NewKey();
        using var first = await PostAsync("/v1/jobs/fetch", Body, key);
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        var before = await CountJobsAsync();

        using var body = await PostAsync("/v1/jobs/fetch", Body + " ", key);
        using var address = await PostAsync(
            "/v1/jobs/enrichment",
            """{"input":{"records":[{"a":1}]},"steps":[{"type":"processedAt"}]}""",
            key
        );

        var problem = await body.ReadProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused", Cancel);
        Assert.Contains(key, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await address.ReadProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused", Cancel);
        Assert.Equal(before, await CountJobsAsync());
    }

    [Fact]
    public async Task A_body_that_is_longer_than_what_is_buffered_is_told_from_another_one()
    {
        var key = NewKey();
        var long1 = LongBody("a");
        using var first = await PostAsync("/v1/jobs/fetch", long1, key);
        var job = await ReadAsync(first);
        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/cancel", null, Cancel);

        using var same = await PostAsync("/v1/jobs/fetch", long1, key);
        using var other = await PostAsync("/v1/jobs/fetch", LongBody("b"), key);

        Assert.Equal(job.Id(), (await ReadAsync(same)).Id());
        await other.ReadProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused", Cancel);
        Assert.Equal(
            0,
            await running.Database.QueryAsync<long>(
                "select count(*) from jobserver.chunks c where not exists (select from jobserver.jobs where id = c.job_id)",
                Cancel
            )
        );
    }

    [Fact]
    public async Task While_a_request_is_in_progress_another_one_of_its_key_is_a_conflict()
    {
        var key = NewKey();
        await using var holder = new NpgsqlConnection($"{running.Database.ConnectionString};Pooling=false");
        await holder.OpenAsync(Cancel);
        await using var hold = new NpgsqlCommand(
            $"select pg_advisory_lock(hashtextextended('idempotency default {key}', 0))",
            holder
        );
        await hold.ExecuteNonQueryAsync(Cancel);

        using var meanwhile = await PostAsync("/v1/jobs/fetch", Body, key);
        await meanwhile.ReadProblemAsync(HttpStatusCode.Conflict, "idempotency-key-in-use", Cancel);
        // Not by closing: the server ends a session some time after its client.
        hold.CommandText = hold.CommandText.Replace("advisory_lock", "advisory_unlock", StringComparison.Ordinal);
        await hold.ExecuteNonQueryAsync(Cancel);

        using var afterwards = await PostAsync("/v1/jobs/fetch", Body, key);
        Assert.Equal(HttpStatusCode.Accepted, afterwards.StatusCode);
    }

    [Fact]
    public async Task A_refused_request_leaves_its_key_free_and_an_accepted_one_is_found_though_it_would_be_refused_now()
    {
        var key = NewKey();
        using var faulty = await PostAsync("/v1/jobs/fetch", """{"urls":[]}""", key);
        await faulty.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(2);
        var body = $$"""{"urls":["{{running.Peer.Url}}/json/1"],"deadline":"{{deadline:O}}"}""";

        using var first = await PostAsync("/v1/jobs/fetch", body, key);
        var job = await ReadAsync(first);
        await Until.TrueAsync(() => TimeProvider.System.GetUtcNow() > deadline, Cancel);
        using var again = await PostAsync("/v1/jobs/fetch", body, key);
        using var without = await PostAsync("/v1/jobs/fetch", body, key: null);

        Assert.Equal((HttpStatusCode.Accepted, job.Id()), (again.StatusCode, (await ReadAsync(again)).Id()));
        await without.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_24_hours()
    {
        var key = NewKey();
        using var first = await PostAsync("/v1/jobs/fetch", Body, key);
        await running.Database.ExecuteAsync(
            $"update jobserver.idempotency_keys set created_at = now() - interval '24 hours' where key = '{key}'",
            Cancel
        );

        using var next = await PostAsync("/v1/jobs/fetch", Body, key);
        using var again = await PostAsync("/v1/jobs/fetch", Body, key);

        var job = await ReadAsync(next);
        Assert.NotEqual((await ReadAsync(first)).Id(), job.Id());
        Assert.Equal(job.Id(), (await ReadAsync(again)).Id());
    }

    [Fact]
    public async Task A_job_that_was_erased_is_gone_also_for_the_request_that_made_it()
    {
        var key = NewKey();
        using var first = await PostAsync("/v1/jobs/fetch", Body, key);
        var job = await ReadAsync(first);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
        using var erased = await running.Host.Http.DeleteAsync($"/v1/jobs/{job.Id()}", Cancel);

        using var again = await PostAsync("/v1/jobs/fetch", Body, key);

        await again.ReadProblemAsync(HttpStatusCode.Gone, "job-erased", Cancel);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("a\tb")]
    [InlineData("too long")]
    public async Task A_key_that_is_none_is_refused(string key)
    {
        using var answer = await PostAsync("/v1/jobs/fetch", Body, key == "too long" ? new string('k', 256) : key);

        var problem = await answer.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["Idempotency-Key"], problem.Fields());
    }

    [Fact]
    public async Task Retries_and_uploads_are_made_once_too()
    {
        var (job, retryKey, fileKey) = (
            await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/status/404" } }, Cancel),
            NewKey(),
            NewKey()
        );

        using var retry = await PostAsync($"/v1/jobs/{job.Id()}/retry", "{}", retryKey);
        using var retryAgain = await PostAsync($"/v1/jobs/{job.Id()}/retry", "{}", retryKey);
        using var retryOther = await PostAsync($"/v1/jobs/{job.Id()}/retry", """{"state":"failed"}""", retryKey);
        using var upload = await PostAsync("/v1/files?name=a", "a,b\n1,2\n", fileKey, "text/csv");
        using var uploadAgain = await PostAsync("/v1/files?name=a", "a,b\n1,2\n", fileKey, "text/csv");
        using var uploadOther = await PostAsync("/v1/files?name=a", "a,b\n1,3\n", fileKey, "text/csv");

        Assert.Equal((await ReadAsync(retry)).Id(), (await ReadAsync(retryAgain)).Id());
        await retryOther.ReadProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused", Cancel);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (upload.StatusCode, uploadAgain.StatusCode));
        Assert.Equal((await ReadAsync(upload)).Id(), (await ReadAsync(uploadAgain)).Id());
        await uploadOther.ReadProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused", Cancel);
        Assert.Equal(
            1,
            await running.Database.QueryAsync<long>(
                "select count(*) from jobserver.files f join jobserver.file_pieces p on p.file_id = f.id where name = 'a'",
                Cancel
            )
        );
    }

    private static string NewKey() => Guid.NewGuid().ToString();

    private string LongBody(string name) =>
        $$"""{"urls":["{{string.Join("\",\"", Enumerable.Range(0, 60_000).Select(n => $"{running.Peer.Url}/json/{n}?{new string('x', 60)}{name}"))}}"]}""";

    private Task<long> CountJobsAsync() =>
        running.Database.QueryAsync<long>("select count(*) from jobserver.jobs", Cancel);

    private async Task<HttpResponseMessage> PostAsync(
        string path,
        string body,
        string? key,
        string type = "application/json"
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        request.Content = new StringContent(body, Encoding.UTF8, type);
        return await running.Host.Http.SendAsync(request, Cancel);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonElement.Parse(body);
    }
}
