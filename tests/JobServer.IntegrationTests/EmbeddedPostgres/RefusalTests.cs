using JobServer.EmbeddedPostgres;

namespace JobServer.IntegrationTests.EmbeddedPostgres;

public sealed class RefusalTests(StoppedCluster stopped)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_of_another_major_version_is_refused_and_left_alone()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        await File.WriteAllTextAsync(folder.Under("data", "PG_VERSION"), "9.6\n", Cancel);

        var refusal = await Assert.ThrowsAsync<PostgresVersionException>(() => StartAndStopAsync(folder.Options));

        Assert.Contains("made by PostgreSQL 9.6", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Embedded:BinDir", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(RunningProcesses.In(folder.Data));
    }

    [Fact]
    public async Task Server_that_does_not_start_shows_its_last_lines_and_frees_the_folder()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        var configuration = folder.Under("data", "postgresql.conf");
        var original = await File.ReadAllTextAsync(configuration, Cancel);
        await File.WriteAllTextAsync(configuration, original + "no_such_setting = 1\n", Cancel);

        var failure = await Assert.ThrowsAsync<PostgresStartException>(() => StartAndStopAsync(folder.Options));

        Assert.Contains(
            "unrecognized configuration parameter \"no_such_setting\"",
            failure.Message,
            StringComparison.Ordinal
        );
        await File.WriteAllTextAsync(configuration, original, Cancel);
        await StartAndStopAsync(folder.Options);
    }

    [Fact]
    public async Task Missing_password_is_told_apart_from_an_empty_folder()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        File.Delete(folder.Under("password"));

        var failure = await Assert.ThrowsAsync<PostgresStartException>(() => StartAndStopAsync(folder.Options));

        Assert.Contains($"{folder.Under("password")} is missing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_that_does_not_fit_is_refused_at_once()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        await File.WriteAllTextAsync(folder.Under("password"), "another", Cancel);

        var failure = await Assert.ThrowsAsync<PostgresStartException>(() => StartAndStopAsync(folder.Options));

        Assert.Contains("password authentication failed", failure.Message, StringComparison.Ordinal);
        Assert.Empty(RunningProcesses.In(folder.Data));
    }

    [Fact]
    public async Task Too_deep_a_folder_is_refused_before_anything_is_made()
    {
        using var folder = new TestFolder();
        var deep = folder.Under(new string('x', 100));

        var refusal = await Assert.ThrowsAsync<PostgresStartException>(() =>
            StartAndStopAsync(new PostgresServerOptions { DataDir = deep })
        );

        Assert.Contains("too deep", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Embedded:DataDir", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(deep));
    }

    [Fact]
    public async Task Folder_of_somebody_else_is_refused_and_left_alone()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder.Under("letter.txt"), "mine", Cancel);

        var refusal = await Assert.ThrowsAsync<PostgresStartException>(() => StartAndStopAsync(folder.Options));

        Assert.Contains("files that are not JobServer's", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([folder.Under("letter.txt")], Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Start_that_is_cancelled_leaves_neither_process_nor_lock()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            PostgresServer.StartAsync(folder.Options, cancelled.Token)
        );

        Assert.Empty(RunningProcesses.In(folder.Data));
        await StartAndStopAsync(folder.Options);
    }

    private static async Task StartAndStopAsync(PostgresServerOptions options)
    {
        var server = await PostgresServer.StartAsync(options, Cancel);
        await server.DisposeAsync();
    }
}
