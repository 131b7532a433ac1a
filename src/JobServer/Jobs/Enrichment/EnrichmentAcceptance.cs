using JobServer.Files;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>Accepts enrichment jobs, with the records that come along or with those that are stored already.</summary>
internal sealed class EnrichmentAcceptance(EnrichmentKind kind, Submission submissions)
{
    /// <summary>The accepted job; null when one of its sources was erased meanwhile.</summary>
    public Task<Acceptance?> AcceptAsync(
        EnrichmentSubmission submission,
        InputShape shape,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        var records = submission.Records is { } given
            ? new NewRecords(shape.Files[0].Id, shape.Columns, Pieces(given).ToAsyncEnumerable())
            : null;
        return AcceptAsync(submission.Settings, shape, submission.Envelope, records, origin, cancellationToken);
    }

    /// <summary>The accepted job; null when there is nothing to read, or it was erased meanwhile.</summary>
    /// <param name="shape">Its only file may be one that <paramref name="records"/> are stored as.</param>
    public Task<Acceptance?> AcceptAsync(
        EnrichmentSettings settings,
        InputShape shape,
        SubmissionEnvelope envelope,
        NewRecords? records,
        Origin origin,
        CancellationToken cancellationToken
    ) =>
        submissions.AcceptAsync(
            kind,
            new BatchSource(shape.Sources, shape.Records, records),
            settings.BatchSize,
            total =>
            {
                var found = records is null ? shape : shape.WithRecords(total);
                return new AcceptedArgs(
                    (settings with { Shape = found }).ToArgs(),
                    envelope,
                    settings.Calls.TolerateFailedPercent,
                    settings.Calls.JobTimeout
                );
            },
            origin,
            cancellationToken
        );

    private static IEnumerable<FilePiece> Pieces(InlineRecords records)
    {
        var first = 0;
        foreach (var block in records.Blocks(PieceBuilder.PieceRecords, PieceBuilder.PieceBytes))
        {
            yield return new FilePiece(first, block.Count, block.Lines);
            first += block.Count;
        }
    }
}
