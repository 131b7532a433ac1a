using System.Diagnostics;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>One file of any size, once through: generated, uploaded, enriched, and its results read as CSV.</summary>
internal static class LargeFileRun
{
    /// <summary>What the host may hold in memory, however large the file.</summary>
    private const double MostRssMib = 400;

    private static readonly TimeSpan RunLimit = TimeSpan.FromHours(1);

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var line = new CommandLine("enrichment", args, "bytes", "seed", "host");
        var bytes = ByteSize.Parse(line["bytes"]!);
        var seed = line.Seed();
        Console.WriteLine(
            $"enrichment: {bytes} bytes of CSV, seed {seed}, commit {await Repository.CommitAsync(cancellationToken)}"
        );

        using var temp = new TempFolder();
        await using var host = await JobServerHost.OpenAsync(line["host"], temp, cancellationToken);
        using var client = new JobServerClient(host);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(RunLimit);

        var clock = Stopwatch.StartNew();
        var path = Path.Combine(temp.Path, "people.csv");
        var file = await CsvFile.WriteAsync(path, new CsvRows(seed), long.MaxValue, bytes, limited.Token);
        Print("generated", clock, file.Rows, file.Bytes);

        clock.Restart();
        var uploaded = await client.UploadAsync(file.Path, limited.Token);
        Print("uploaded", clock, file.Rows, file.Bytes);
        File.Delete(file.Path);
        FileCheck.HasRows(uploaded, file.Rows);

        clock.Restart();
        var accepted = await client.SubmitAsync(EnrichmentJob.Kind, EnrichmentJob.Submission(uploaded), limited.Token);
        var job = await client.FinishedAsync(accepted, RunLimit, limited.Token);
        Print("enriched", clock, file.Rows, file.Bytes);
        JobCheck.AllSucceeded(job, file.Rows);

        clock.Restart();
        var results = new CsvCount();
        await client.ReadResultsAsync(
            JobServerClient.IdOf(job),
            JobServerClient.Csv,
            stream => results.ReadAsync(stream, limited.Token),
            limited.Token
        );
        Print("results read", clock, results.Records - 1, results.Bytes);
        CheckResults(results, file.Rows);

        await client.DeleteAsync(job, uploaded, limited.Token);
        CheckMemory(host);
        return ExitCodes.Correct;
    }

    private static void CheckResults(CsvCount results, long rows)
    {
        if (results.Records != rows + 1 || results.Header != EnrichmentJob.Columns)
        {
            throw new IncorrectException(
                $"{results.Records} lines of CSV for {rows} rows and a header; the first: {results.Header}"
            );
        }
    }

    private static void CheckMemory(JobServerHost host)
    {
        if (host.Pid is not { } pid || ProcessFigures.PeakRssMib(pid) is not { } peak)
        {
            Console.WriteLine("peak RSS of the host: unknown, it runs elsewhere");
            return;
        }

        Console.WriteLine($"peak RSS of the host: {peak:F0} MiB");
        if (peak > MostRssMib)
        {
            throw new IncorrectException($"the host held {peak:F0} MiB, more than {MostRssMib:F0}");
        }
    }

    private static void Print(string what, Stopwatch clock, long rows, long bytes)
    {
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine(
            $"{what, -13} {rows, 12} rows {bytes, 14} bytes {seconds, 9:F2} s {rows / seconds, 12:F0} rows/s {bytes / seconds / 1e6, 8:F1} MB/s"
        );
    }
}
