using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using JobServer.Jobs.Input;

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
        var json = WithoutMark(await ReadToEndAsync(body, maxBytes, cancellationToken));
        if (!IsWellFormed(json.Span, faults))
            return null;
        // Depth is bounded where values are kept.
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return Read(new Fields(document.RootElement, "", faults), time, faults);
    }

    private static EnrichmentSubmission? Read(Fields fields, TimeProvider time, Faults faults)
    {
        var (input, records) = EnrichmentInput.Read(fields, faults);
        var settings = EnrichmentSettings.Read(fields, input, faults);
        var envelope = SubmissionEnvelope.Read(fields, time);
        fields.Done();
        return faults.Any ? null : new EnrichmentSubmission(settings, records, envelope);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadToEndAsync(
        PipeReader body,
        long maxBytes,
        CancellationToken cancellationToken
    )
    {
        var bytes = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await ReadAsync(body, maxBytes, cancellationToken);
            if (result.IsCanceled)
                throw new OperationCanceledException("The read of the body was cancelled.");
            var tooLarge = bytes.WrittenCount + result.Buffer.Length > maxBytes;
            if (!tooLarge)
            {
                foreach (var segment in result.Buffer)
                    bytes.Write(segment.Span);
            }

            body.AdvanceTo(result.Buffer.End);
            if (tooLarge)
                throw new RequestTooLargeException(maxBytes, TooLargeHint);
            if (result.IsCompleted)
                return bytes.WrittenMemory;
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(
        PipeReader body,
        long maxBytes,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await body.ReadAsync(cancellationToken);
        }
        // The server counts too, and comes first; but it knows no other way.
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new RequestTooLargeException(maxBytes, TooLargeHint);
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;

    private static bool IsWellFormed(ReadOnlySpan<byte> json, Faults faults)
    {
        var at = TextPosition.Start;
        if (json.Trim(" \t\r\n"u8).IsEmpty)
            faults.Add(Faults.Document, "is empty; send a JSON object");
        else if (ValueCheck.Find(json, int.MaxValue, ref at) == ValueFlaw.Malformed)
            faults.Add(
                Faults.Document,
                $"is not well-formed JSON at {at}; comments, trailing commas and single quotes are not JSON either"
            );
        return !faults.Any;
    }
}
