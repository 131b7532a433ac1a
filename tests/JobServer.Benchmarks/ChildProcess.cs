using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace JobServer.Benchmarks;

/// <summary>A process of this run: its output is drained, its last lines are kept, and it ends with the run.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 30;
    private const int Sigterm = 15;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _name;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Queue<string> _tail = new();
    private readonly Task _pumps;

    // A host that logs a lot must neither block on a full pipe nor grow this process.
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput, _lines.Writer), PumpAsync(process.StandardError, null));
    }

    public int Id => _process.Id;

    /// <summary>The <c>dotnet</c> this process runs under, to start another assembly with.</summary>
    public static string Dotnet =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    public static string OwnAssembly => typeof(ChildProcess).Assembly.Location;

    public static ChildProcess Start(
        string name,
        string file,
        IEnumerable<string> arguments,
        Action<IDictionary<string, string?>>? environment = null
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        environment?.Invoke(start.Environment);
        return new ChildProcess(
            name,
            Process.Start(start) ?? throw new MissingException($"{name}: '{file}' did not start")
        );
    }

    public async Task SendAsync(string line, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Waits for a line of standard output that matches; lines before it are passed over.</summary>
    public async Task<Match> ExpectAsync(Regex pattern, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(limited.Token))
            {
                if (pattern.Match(line) is { Success: true } match)
                {
                    return match;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MissingException($"{_name} said no line like '{pattern}' within {limit}.{Tail()}");
        }

        throw new MissingException($"{_name} ended before it said a line like '{pattern}'.{Tail()}");
    }

    public bool HasExited => _process.HasExited;

    public string Tail()
    {
        lock (_tail)
        {
            return _tail.Count == 0 ? "" : $" Its last lines:\n  {string.Join("\n  ", _tail)}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            _process.StandardInput.Close();
            if (!OperatingSystem.IsWindows() && !_process.HasExited)
            {
                _ = Kill(_process.Id, Sigterm);
            }

            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _disposed.CancelAsync();
        await _pumps;
        _process.Dispose();
        _disposed.Dispose();
    }

    private async Task PumpAsync(StreamReader output, ChannelWriter<string>? lines)
    {
        try
        {
            while (await output.ReadLineAsync(_disposed.Token) is { } line)
            {
                lock (_tail)
                {
                    _tail.Enqueue(line);
                    if (_tail.Count > KeptLines)
                    {
                        _tail.Dequeue();
                    }
                }

                lines?.TryWrite(line);
            }
        }
        catch (OperationCanceledException)
        {
            // A grandchild that outlives the child still holds the pipe: nobody reads it any more.
        }
        finally
        {
            lines?.TryComplete();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
