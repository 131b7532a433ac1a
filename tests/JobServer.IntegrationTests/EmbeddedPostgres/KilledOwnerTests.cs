using System.Diagnostics;
using System.Globalization;
using JobServer.EmbeddedPostgres;
using Npgsql;

namespace JobServer.IntegrationTests.EmbeddedPostgres;

public sealed class KilledOwnerTests(StoppedCluster stopped)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killing_the_owner_stops_its_server_within_two_seconds()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        using var owner = await OwnerProcess.StartAsync(folder, Cancel);
        var running = RunningProcesses.In(folder.Data).Select(Process.GetProcessById).ToList();
        Assert.NotEmpty(running);

        await owner.KillAsync(Cancel);

        await Task.WhenAll(running.Select(process => process.WaitForExitAsync(Cancel))).WaitAsync(Promised, Cancel);
        Assert.Empty(RunningProcesses.In(folder.Data));
    }

    [Fact]
    public async Task Start_right_after_the_owner_was_killed_waits_for_its_server_and_takes_over()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        using var owner = await OwnerProcess.StartAsync(folder, Cancel);

        await owner.KillAsync(Cancel);
        await using var server = await PostgresServer.StartAsync(folder.Options, Cancel);

        await AssertAnswersAsync(server);
    }

    [Fact]
    public async Task Start_takes_over_when_owner_and_postmaster_were_killed_together()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        using var owner = await OwnerProcess.StartAsync(folder, Cancel);
        var lines = await File.ReadAllLinesAsync(folder.Under("data", "postmaster.pid"), Cancel);

        RunningProcesses.Kill(int.Parse(lines[0], CultureInfo.InvariantCulture));
        await owner.KillAsync(Cancel);
        await using var server = await PostgresServer.StartAsync(folder.Options, Cancel);

        await AssertAnswersAsync(server);
    }

    [Fact]
    public async Task Pid_file_that_names_another_program_by_now_does_not_block_the_start()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        // Of the same account as the server: PostgreSQL takes such a process for a live server and refuses.
        string[] words = [.. ServiceAccount.ForThisProcess()?.Prefix ?? [], "sleep", "60"];
        using var other = Process.Start(Command.Describe(words, "/"))!;
        try
        {
            await File.WriteAllTextAsync(folder.Under("data", "postmaster.pid"), $"{other.Id}\n", Cancel);

            await using var server = await PostgresServer.StartAsync(folder.Options, Cancel);

            await AssertAnswersAsync(server);
        }
        finally
        {
            other.Kill();
        }
    }

    [Fact]
    public async Task Initialisation_that_was_cut_short_is_done_again()
    {
        using var folder = await stopped.CopyAsync(Cancel);
        Directory.Move(folder.Data, folder.Data + ".new");

        await using var server = await PostgresServer.StartAsync(folder.Options, Cancel);

        await AssertAnswersAsync(server);
        Assert.False(Directory.Exists(folder.Data + ".new"));
    }

    private static async Task AssertAnswersAsync(PostgresServer server)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var command = source.CreateCommand("select 1");
        Assert.Equal(1, await command.ExecuteScalarAsync(Cancel));
    }
}
