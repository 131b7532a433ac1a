using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>
/// Reads a submission as a stream: one member of the document, a list, goes out chunk by chunk while it is read; the
/// others, which are small, are kept in <see cref="Members"/> for <see cref="Fields"/> to read afterwards.
/// </summary>
/// <remarks>
/// Whatever the body holds becomes a fault, never an exception. From the first fault on no chunk is begun, but reading
/// goes on for the sake of the others, until there are too many or the text is malformed. One reader reads one body.
/// </remarks>
internal sealed class SubmissionReader(
    string list,
    int chunkSize,
    IItemReader items,
    Faults faults,
    SubmissionLimits limits
)
{
    // Bounds the chunks that wait while a piece is split, should a pipe hand over the whole body at once.
    private const int PieceBytes = 16 * 1024;

    /// <summary>How many items the list has, faulty ones included.</summary>
    public int ItemCount { get; private set; }

    /// <summary>The members beside the list; complete when <see cref="ReadToEnd"/>.</summary>
    public JsonElement Members { get; private set; }

    /// <summary>Whether the whole body was read. If not, absent members mean nothing.</summary>
    public bool ReadToEnd { get; private set; }

    /// <exception cref="RequestTooLargeException">The body has more bytes than allowed.</exception>
    public async IAsyncEnumerable<ItemChunk> ReadAsync(
        PipeReader body,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var parts = new SubmissionParts(list, chunkSize, items, faults, limits);
        var bytesLeft = limits.MaxBodyBytes;
        for (var completed = false; !completed && !parts.Stopped; )
        {
            var result = await body.ReadAsync(cancellationToken);
            if (result.IsCanceled)
                throw new OperationCanceledException("The read of the body was cancelled.");

            completed = result.IsCompleted;
            var allowed = result.Buffer.Slice(0, Math.Min(bytesLeft, result.Buffer.Length));
            var tooLarge = result.Buffer.Length > bytesLeft;
            bytesLeft -= allowed.Length;
            try
            {
                foreach (var segment in allowed)
                {
                    for (var from = 0; from < segment.Length && !parts.Stopped; from += PieceBytes)
                    {
                        parts.Take(segment.Span.Slice(from, Math.Min(PieceBytes, segment.Length - from)));
                        while (parts.TryTakeChunk(out var chunk))
                            yield return chunk;
                    }
                }
            }
            finally
            {
                body.AdvanceTo(result.Buffer.End);
            }

            if (tooLarge && !parts.Stopped)
                throw new RequestTooLargeException(limits.MaxBodyBytes);
        }

        parts.Finish();
        ReadToEnd = !parts.Stopped;
        ItemCount = parts.ItemCount;
        Members = parts.Members;
        while (parts.TryTakeChunk(out var last))
            yield return last;
    }
}
