using System.Diagnostics;

namespace JobServer.EmbeddedPostgres;

/// <summary>Runs a program to its end, for at most a minute.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public sealed record Outcome(string Program, int ExitCode, string Output)
    {
        public void ThrowIfFailed()
        {
            if (ExitCode != 0)
            {
                throw new PostgresStartException(
                    $"{Program} failed with exit code {ExitCode}:{Environment.NewLine}{Output}"
                );
            }
        }
    }

    public static async Task<Outcome> RunAsync(
        IReadOnlyList<string> words,
        string workingDirectory,
        CancellationToken cancellationToken
    )
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        using var process = Process.Start(Describe(words, workingDirectory))!;
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(limited.Token);
            var error = process.StandardError.ReadToEndAsync(limited.Token);
            await process.WaitForExitAsync(limited.Token);
            return new Outcome(words[0], process.ExitCode, (await output + await error).Trim());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PostgresStartException($"`{string.Join(' ', words)}` did not end within {Limit.TotalSeconds} s.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public static ProcessStartInfo Describe(IReadOnlyList<string> words, string workingDirectory)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // PGPORT, PGDATA and their like speak of another server; the log is read in English.
        foreach (
            var name in start.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToList()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        return start;
    }
}
