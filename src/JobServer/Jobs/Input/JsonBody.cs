using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>Reads a body that is one JSON document, small enough to be held whole.</summary>
internal static class JsonBody
{
    /// <summary>The document; null, with a fault, when the body is none.</summary>
    /// <param name="hint">What to do with a larger body, as a sentence.</param>
    /// <exception cref="RequestTooLargeException">The body has more than <paramref name="maxBytes"/>.</exception>
    public static async Task<JsonDocument?> ReadAsync(
        PipeReader body,
        long maxBytes,
        string? hint,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        var json = WithoutMark(await ReadToEndAsync(body, maxBytes, hint, cancellationToken));
        if (!IsWellFormed(json.Span, faults))
            return null;
        // Depth is bounded where values are kept.
        return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = int.MaxValue });
    }

    private static async Task<ReadOnlyMemory<byte>> ReadToEndAsync(
        PipeReader body,
        long maxBytes,
        string? hint,
        CancellationToken cancellationToken
    )
    {
        var bytes = new ArrayBufferWriter<byte>();
        while (true)
        {
            var result = await ReadAsync(body, maxBytes, hint, cancellationToken);
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
                throw new RequestTooLargeException(maxBytes, hint);
            if (result.IsCompleted)
                return bytes.WrittenMemory;
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(
        PipeReader body,
        long maxBytes,
        string? hint,
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
            throw new RequestTooLargeException(maxBytes, hint);
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
