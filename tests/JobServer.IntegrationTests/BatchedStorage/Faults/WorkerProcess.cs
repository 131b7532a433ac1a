using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Hangfire;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>A process of its own with a Hangfire server on the batched storage: to be killed, stalled or stopped.</summary>
internal sealed partial class WorkerProcess : IAsyncDisposable
{
    public const string Role = "run-workers";
    private const string Ready = "ready";
    private const int Sigcont = 18;
    private const int Sigstop = 19;
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private WorkerProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Returns when the server of the new process has begun to start.</summary>
    public static async Task<WorkerProcess> StartAsync(
        string connectionString,
        int workers,
        CancellationToken cancellationToken,
        TimeSpan? poll = null,
        params string[] queues
    )
    {
        // The program is a file of its own, or an argument of dotnet.
        var program = Environment.ProcessPath!;
        string[] host =
            Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(WorkerProcess).Assembly.Location] : [];
        var milliseconds = (int)(poll ?? TimeSpan.FromSeconds(0.2)).TotalMilliseconds;
        string[] words = [.. host, Role, connectionString, $"{workers}", $"{milliseconds}", string.Join(',', queues)];
        var start = new ProcessStartInfo(program, words)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var worker = new WorkerProcess(Process.Start(start)!);
        try
        {
            var said = worker._process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();
            Assert.Equal(Ready, await said.WaitAsync(Ceiling, cancellationToken));
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the new process does: it works until its standard input ends.</summary>
    public static async Task<int> RunAsync(string connectionString, string workers, string poll, string queues)
    {
        using var storage = Fast.Open(connectionString, TimeSpan.FromMilliseconds(Number(poll)));
        var options = Fast.Server(Number(workers), queues.Split(',', StringSplitOptions.RemoveEmptyEntries));
        using var server = new BackgroundJobServer(options, storage);
        Console.WriteLine(Ready);
        await Console.In.ReadToEndAsync(CancellationToken.None);
        return 0;
    }

    /// <summary>SIGKILL: no code of it runs after that.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Ceiling);
    }

    /// <summary>SIGSTOP: it stands still as if its machine did.</summary>
    public void Stall() => Assert.Equal(0, SendSignal(Id, Sigstop));

    public void Continue() => Assert.Equal(0, SendSignal(Id, Sigcont));

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Ceiling, cancellationToken);
        Assert.Equal(0, _process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
