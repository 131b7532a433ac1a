using System.Diagnostics;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>
/// Uploads the file, then enriches it: each is timed, and the job alone is the value. It counts from the moment the job is
/// submitted until it is finished, every result committed.
/// </summary>
internal sealed class JobServerContender(JobServerHost host, CsvFile file, CsvRows rows, bool isWarmedUp)
    : IContender,
        IDisposable
{
    /// <summary>The row of upload and job together.</summary>
    public const string Whole = "enrichment.upload+jobserver";

    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMinutes(5);

    private readonly JobServerClient _client = new(host);

    public string Name => "enrichment.jobserver";

    public string Unit => "items/s";

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var uploaded = await _client.UploadAsync(file.Path, cancellationToken);
        var uploadSeconds = clock.Elapsed.TotalSeconds;

        var use = HostUse.Begin(host);
        clock.Restart();
        var accepted = await _client.SubmitAsync(
            EnrichmentJob.Kind,
            EnrichmentJob.Submission(uploaded),
            cancellationToken
        );
        var job = await _client.FinishedAsync(accepted, RunLimit, cancellationToken);
        var jobSeconds = clock.Elapsed.TotalSeconds;
        var figures = use?.End() ?? [];

        FileCheck.HasRows(uploaded, file.Rows);
        JobCheck.AllSucceeded(job, file.Rows);
        if (isWarmedUp ? round is { IsWarmup: true, Number: 1 } : round.IsLast)
        {
            await CheckResultsAsync(JobServerClient.IdOf(job), cancellationToken);
        }

        await _client.DeleteAsync(job, uploaded, cancellationToken);
        return new Measurement(
            file.Rows / jobSeconds,
            jobSeconds,
            [
                new Figure(Whole, Unit, file.Rows / (uploadSeconds + jobSeconds)),
                new Figure("enrichment.upload", Unit, file.Rows / uploadSeconds),
                .. figures,
            ]
        );
    }

    public void Dispose() => _client.Dispose();

    private async Task CheckResultsAsync(string job, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(ReadLimit);
        var check = new ResultCheck(rows, file.Rows);
        await _client.ReadResultLinesAsync(job, check.Take, limited.Token);
        check.Complete();
    }
}
