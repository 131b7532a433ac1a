using System.Diagnostics;

namespace JobServer.EmbeddedPostgres;

/// <summary>
/// Runs PostgreSQL below a small shell that stops it as soon as our end of the shell's standard input closes. The
/// kernel closes it however this process ends, so no server is ever left behind.
/// </summary>
internal sealed class Supervisor : IDisposable
{
    private const int LogLines = 30;

    // The request to stop is repeated, because a server that is only just starting does not listen yet. Immediate
    // shutdown follows after 8 s: the data stays whole, the next start recovers it.
    private const string Script = """
        trap '' INT QUIT HUP
        exec 3<&0
        "$@" </dev/null 3<&- & server=$!
        ( trap - INT QUIT HUP
          while read -r _; do :; done
          tries=0; signal=INT
          while kill -$signal $server; do
              tries=$((tries + 1)); [ $tries -lt 80 ] || signal=QUIT
              sleep 0.1
          done ) <&3 >/dev/null 2>&1 & watcher=$!
        exec 3<&-
        wait $server; code=$?
        kill $watcher 2>/dev/null
        exit $code
        """;

    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Queue<string> _log = new();

    private Supervisor(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines the server wrote; of one that ended, all of them have arrived.</summary>
    public async Task<string> LastLinesAsync(CancellationToken cancellationToken)
    {
        if (HasExited)
        {
            // Returns when both streams are read to their end, which may be later than the end of the process.
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(ReadLimit);
            await _process.WaitForExitAsync(limited.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        lock (_log)
        {
            return string.Join(Environment.NewLine, _log);
        }
    }

    public static Supervisor Start(IReadOnlyList<string> server, IReadOnlyList<string> prefix, string workingDirectory)
    {
        // Ctrl+C in a terminal goes to every process of the foreground group, and the database must outlive the workers
        // that drain. A session of its own is out of its reach; where there is no setsid (macOS), job control of the
        // shell gives the server a group of its own.
        string[] session = Programs.Locate("setsid") is { } setsid ? [setsid] : [];
        var script = session.Length > 0 ? Script : "set -m\n" + Script;
        string[] words = [.. session, .. prefix, "/bin/sh", "-c", script, "jobserver-postgres", .. server];
        return new Supervisor(Process.Start(Command.Describe(words, workingDirectory))!);
    }

    /// <summary>Asks the server to stop; false when it still runs after <paramref name="limit"/>.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        _process.StandardInput.Close();
        using var limited = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(limited.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Kill() => _process.Kill(entireProcessTree: true);

    public void Dispose() => _process.Dispose();

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_log)
        {
            _log.Enqueue(line);
            if (_log.Count > LogLines)
            {
                _log.Dequeue();
            }
        }
    }
}
