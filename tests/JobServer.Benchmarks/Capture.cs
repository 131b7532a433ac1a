using System.ComponentModel;
using System.Diagnostics;

namespace JobServer.Benchmarks;

/// <summary>Short commands whose output is wanted: versions, settings, the commit.</summary>
internal static class Capture
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(10);

    /// <summary>Standard output and error without surrounding space; null if the command is absent, fails or takes too long.</summary>
    public static async Task<string?> OutputAsync(
        string file,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        TimeSpan? limit = null
    )
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit ?? DefaultLimit);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var error = process.StandardError.ReadToEndAsync(limited.Token);
                var output = await process.StandardOutput.ReadToEndAsync(limited.Token) + await error;
                await process.WaitForExitAsync(limited.Token);
                return process.ExitCode == 0 ? output.Trim() : null;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                process.Kill();
                return null;
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
