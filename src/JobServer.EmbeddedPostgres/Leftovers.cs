using System.Diagnostics;
using System.Globalization;

namespace JobServer.EmbeddedPostgres;

/// <summary>What an owner that was killed leaves of its server: a process that is stopping, and its pid file.</summary>
internal static class Leftovers
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>
    /// Waits for the server to end. Its <c>postmaster.pid</c> is removed when the process named there is gone or
    /// another program's by now: PostgreSQL itself would refuse to start beside the latter.
    /// </summary>
    /// <exception cref="PostgresStartException">It still runs after 15 seconds.</exception>
    public static async Task WaitAsync(string data, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (Running(data) is [var pid, ..])
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new PostgresStartException(
                    $"A PostgreSQL that no JobServer owns still runs on {data}, as process {pid}. "
                        + $"Stop it with `kill -INT {pid}` and start again."
                );
            }

            await Task.Delay(PollInterval, cancellationToken);
        }

        if (Directory.Exists(data))
        {
            File.Delete(PidFile(data));
        }
    }

    /// <summary>The process that the server's own file names; null when there is none.</summary>
    public static int? Postmaster(string data) =>
        File.Exists(PidFile(data))
        && int.TryParse(File.ReadLines(PidFile(data)).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid)
            ? pid
            : null;

    private static List<int> Running(string data) =>
        OperatingSystem.IsLinux() ? RunningProcesses.In(data)
        : Postmaster(data) is { } pid && RunningProcesses.Has(pid) ? [pid]
        : [];

    private static string PidFile(string data) => Path.Combine(data, "postmaster.pid");
}
