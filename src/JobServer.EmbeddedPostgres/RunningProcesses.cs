using System.Diagnostics;
using System.Globalization;

namespace JobServer.EmbeddedPostgres;

/// <summary>Which processes of PostgreSQL are there.</summary>
internal static class RunningProcesses
{
    /// <summary>
    /// The processes of a server on this data folder, by Linux's <c>/proc</c>: each works in that folder. The postmaster
    /// alone would not do, for its children outlive it for a moment when it is killed.
    /// </summary>
    public static List<int> In(string data) =>
        [
            .. from folder in Directory.EnumerateDirectories("/proc")
            let pid = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
            where pid > 0 && IsPostgresIn(data, folder)
            orderby pid
            select pid,
        ];

    public static bool Has(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended by itself in between.
        }
    }

    private static bool IsPostgresIn(string data, string proc)
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(proc, "cwd"), returnFinalTarget: false)?.FullName == data
                && File.ReadAllText(Path.Combine(proc, "comm")).StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or it is another account's and therefore none of ours.
            return false;
        }
    }
}
