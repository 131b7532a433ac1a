using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

public sealed class FileEndpointTests(TestCluster cluster) : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private HostProcess _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _host = await HostProcess.StartAsync(_database.ConnectionString, HostProcess.NoWorkers, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Pages_follow_each_other_newest_first_and_a_new_file_does_not_shift_them()
    {
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
            ids.Add((await StoreAsync()).Id());
        ids.Reverse();

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _host.Http.GetFromJsonAsync<JsonElement>(
                $"/v1/files?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}",
                Cancel
            );
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(file => file.Id()));
            cursor = page.GetProperty("nextCursor").GetString();
            await StoreAsync();
        } while (cursor is not null);

        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task A_listed_file_is_the_file_without_its_preview()
    {
        var file = await StoreAsync();

        var page = await _host.Http.GetFromJsonAsync<JsonElement>("/v1/files", Cancel);

        var listed = Assert.Single(page.GetProperty("data").EnumerateArray());
        Assert.Equal(
            file.EnumerateObject().Where(member => member.Name != "preview").Select(member => member.ToString()),
            listed.EnumerateObject().Select(member => member.ToString())
        );
        Assert.Equal(JsonValueKind.Null, page.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task Wrong_paging_is_refused_by_name()
    {
        using var response = await _host.Http.GetAsync("/v1/files?limit=501&cursor=x", Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["limit", "cursor"], problem.Fields());
    }

    [Fact]
    public async Task A_file_is_erased_once_and_not_while_a_job_reads_from_it()
    {
        var file = await StoreAsync();
        await _database.ExecuteAsync(
            $"""
            insert into jobserver.jobs (
                id, kind, queue, state, args, tags, lanes, chunk_size, total, tolerate_failed_percent
            )
            values (gen_random_uuid(), 'enrichment', 'enrichment', 'running', '[]', array[]::text[], 1, 1, 1, 100);
            insert into jobserver.job_inputs (job_id, source_id) select id, '{file.Id()}' from jobserver.jobs
            """,
            Cancel
        );

        using var inUse = await _host.Http.DeleteAsync($"/v1/files/{file.Id()}", Cancel);
        await _database.ExecuteAsync("update jobserver.jobs set state = 'failed', finished_at = now()", Cancel);
        using var erased = await _host.Http.DeleteAsync($"/v1/files/{file.Id()}", Cancel);
        using var again = await _host.Http.DeleteAsync($"/v1/files/{file.Id()}", Cancel);
        using var gone = await _host.Http.GetAsync($"/v1/files/{file.Id()}", Cancel);

        await inUse.ReadProblemAsync(HttpStatusCode.Conflict, "file-in-use", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        await again.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-file", Cancel);
        await gone.ReadProblemAsync(HttpStatusCode.NotFound, "unknown-file", Cancel);
        // Its pieces go later.
        Assert.StartsWith("0 ", await _database.CountFilesAsync(Cancel), StringComparison.Ordinal);
    }

    private Task<JsonElement> StoreAsync() => _host.Http.StoreAsync("a\n1\n", "text/csv", "", Cancel);
}
