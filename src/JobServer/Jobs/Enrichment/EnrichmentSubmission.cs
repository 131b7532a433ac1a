using System.IO.Pipelines;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;

namespace JobServer.Jobs.Enrichment;

/// <summary>A submission of an enrichment job, read whole.</summary>
/// <param name="Records">Null where they come from elsewhere: see the settings' input.</param>
internal sealed record EnrichmentSubmission(
    EnrichmentSettings Settings,
    InlineRecords? Records,
    SubmissionEnvelope Envelope
)
{
    /// <summary>What to do with a larger body.</summary>
    public const string TooLargeHint =
        "Upload larger lists as a file with POST /v1/files, and name it in input.fileId.";

    /// <summary>Reads a body. Whatever it holds becomes a fault, never an exception; null when there are any.</summary>
    /// <exception cref="RequestTooLargeException">The body has more than <paramref name="maxBytes"/>.</exception>
    public static async Task<EnrichmentSubmission?> ReadAsync(
        PipeReader body,
        long maxBytes,
        TimeProvider time,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        using var document = await JsonBody.ReadAsync(body, maxBytes, TooLargeHint, faults, cancellationToken);
        return document is null ? null : Read(new Fields(document.RootElement, "", faults), time, faults);
    }

    private static EnrichmentSubmission? Read(Fields fields, TimeProvider time, Faults faults)
    {
        var (input, records) = EnrichmentInput.Read(fields, faults);
        var settings = EnrichmentSettings.Read(fields, input, faults);
        var envelope = SubmissionEnvelope.Read(fields, time);
        fields.Done();
        return faults.Any ? null : new EnrichmentSubmission(settings, records, envelope);
    }
}
