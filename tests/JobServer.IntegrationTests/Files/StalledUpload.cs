using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

/// <summary>An upload whose client sends no more once pieces of it have reached the database; disposed, the client leaves.</summary>
internal sealed class StalledUpload : IAsyncDisposable
{
    /// <summary>A condition: pieces are being written.</summary>
    public const string Copying =
        "exists (select from pg_stat_progress_copy where relid = 'jobserver.file_pieces'::regclass)";

    private const long StallsAt = 4 << 20;

    private readonly CancellationTokenSource _leave = new();
    private readonly StreamedContent _content = FileClient.LargeCsv(
        16 * StallsAt,
        (sent, cancel) => sent < StallsAt ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancel)
    );
    private readonly Task _upload;

    private StalledUpload(HostProcess host) => _upload = host.Http.PostAsync("/v1/files", _content, _leave.Token);

    public static async Task<StalledUpload> BeginAsync(
        HostProcess host,
        TestDatabase database,
        CancellationToken cancellationToken
    )
    {
        var upload = new StalledUpload(host);
        await database.WaitForAsync($"select {Copying}", cancellationToken);
        return upload;
    }

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => _upload);
        _content.Dispose();
        _leave.Dispose();
    }
}
