using System.Diagnostics;
using JobServer.EmbeddedPostgres;

namespace JobServer.IntegrationTests.EmbeddedPostgres;

/// <summary>A process of its own that owns a server, to be killed.</summary>
internal sealed class OwnerProcess : IDisposable
{
    public const string Role = "own-a-server";
    private const string Ready = "ready";
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private OwnerProcess(Process process) => _process = process;

    /// <summary>Returns when the server of the new process answers.</summary>
    public static async Task<OwnerProcess> StartAsync(TestFolder folder, CancellationToken cancellationToken)
    {
        // The program is a file of its own, or an argument of dotnet.
        var program = Environment.ProcessPath!;
        string[] host =
            Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(OwnerProcess).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. host, Role, folder.Path])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        var owner = new OwnerProcess(Process.Start(start)!);
        try
        {
            var said = owner._process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();
            Assert.Equal(Ready, await said.WaitAsync(Ceiling, cancellationToken));
            return owner;
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>What the new process does.</summary>
    public static async Task<int> RunAsync(string folder)
    {
        using var limited = new CancellationTokenSource(Ceiling);
        var options = new PostgresServerOptions { DataDir = folder, Durable = false };
        await using var server = await PostgresServer.StartAsync(options, limited.Token);
        Console.WriteLine(Ready);
        await Task.Delay(Timeout.Infinite, limited.Token);
        return 0;
    }

    /// <summary>SIGKILL: no code of the owner runs after it.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Ceiling, cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
