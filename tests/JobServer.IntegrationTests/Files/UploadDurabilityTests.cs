using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

public sealed class UploadDurabilityTests(TestCluster cluster) : IAsyncLifetime
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
    public async Task A_client_that_leaves_in_mid_body_leaves_nothing_and_is_no_error_of_ours()
    {
        await LeaveAsync(() => Task.CompletedTask);

        await _database.WaitForAsync($"select not ({StalledUpload.Copying})", Cancel);
        Assert.Equal("0 0", await _database.CountFilesAsync(Cancel));
        await _host.Http.StoreAsync("a\n1\n", "text/csv", "", Cancel);
        await _host.StopAsync(Cancel);
        Assert.DoesNotContain("fail:", _host.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("warn:", _host.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_killed_in_mid_body_leaves_nothing()
    {
        await LeaveAsync(_host.KillAsync);

        await _database.WaitForAsync($"select not ({StalledUpload.Copying})", Cancel);
        Assert.Equal("0 0", await _database.CountFilesAsync(Cancel));
    }

    [Fact]
    public async Task A_database_that_goes_away_in_mid_body_is_said_to_be_away()
    {
        using var content = FileClient.LargeCsv(
            8 << 20,
            async (sent, cancel) =>
            {
                if (sent < 4 << 20)
                    return;
                await _database.ExecuteAsync(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_progress_copy",
                    cancel
                );
            }
        );

        using var response = await _host.Http.PostAsync("/v1/files", content, Cancel);

        await response.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "database-unavailable", Cancel);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal("0 0", await _database.CountFilesAsync(Cancel));
        await _host.Http.StoreAsync("a\n1\n", "text/csv", "", Cancel);
    }

    [Fact]
    public async Task A_large_file_needs_no_more_memory_than_a_small_one()
    {
        const long Small = 12 << 20;
        const long Large = 100 << 20;
        await StoreAsync(Small);
        var before = _host.PeakResidentBytes;

        var records = await StoreAsync(Large);

        Assert.InRange(_host.PeakResidentBytes - before, 0, Large / 3);
        var stored = await _database.QueryAsync<long>(
            "select sum(record_count) from jobserver.file_pieces group by file_id order by 1 desc limit 1",
            Cancel
        );
        Assert.Equal(records, stored);
        Assert.True(records > 2_000_000);
    }

    private async Task<long> StoreAsync(long bytes)
    {
        using var content = FileClient.LargeCsv(bytes);
        using var response = await _host.Http.PostAsync("/v1/files", content, Cancel);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("records").GetInt64();
    }

    /// <summary>Begins an upload, does this once pieces of it have reached the database, and gives it up.</summary>
    private async Task LeaveAsync(Func<Task> leave)
    {
        await using var upload = await StalledUpload.BeginAsync(_host, _database, Cancel);
        await leave();
    }
}
