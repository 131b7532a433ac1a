using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using JobServer.Jobs.Fetch;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

/// <summary>What came of reading one body, and ways to read it.</summary>
internal sealed record Submitted(
    IReadOnlyList<ItemChunk> Chunks,
    IReadOnlyDictionary<string, string[]> Errors,
    int ItemCount,
    bool ReadToEnd,
    JsonElement Members
)
{
    public static readonly IItemReader Urls = new FetchItemReader(
        url => url.StartsWith("http", StringComparison.Ordinal) ? null : "must be an http URL",
        (name, _) => name == "Host" ? "is set by the server" : null
    );

    public string[] Inputs => [.. Chunks.Select(chunk => Encoding.UTF8.GetString(chunk.Input.Span))];

    public string[] Faults => [.. Errors.SelectMany(error => error.Value.Select(message => $"{error.Key} {message}"))];

    /// <summary>All of it as text, to be compared.</summary>
    public string Describe() =>
        string.Join(
            '\n',
            [
                .. Chunks.Zip(Inputs, (chunk, input) => $"{chunk.ChunkNo} {chunk.FirstSeq} {chunk.ItemCount} {input}"),
                .. Faults,
                $"{ItemCount} {ReadToEnd} {Members.GetRawText()}",
            ]
        );

    public static Task<Submitted> ReadAsync(string body, SubmissionLimits? limits = null, int chunkSize = 2) =>
        ReadAsync(Encoding.UTF8.GetBytes(body), limits, chunkSize);

    public static Task<Submitted> ReadAsync(byte[] body, SubmissionLimits? limits = null, int chunkSize = 2) =>
        ReadAsync(PipeReader.Create(new ReadOnlySequence<byte>(body)), limits, chunkSize);

    public static async Task<Submitted> ReadAsync(PipeReader body, SubmissionLimits? limits = null, int chunkSize = 2)
    {
        var faults = new Faults();
        var reader = new SubmissionReader("urls", chunkSize, Urls, faults, limits ?? SubmissionLimits.Default);
        var chunks = new List<ItemChunk>();
        await foreach (var chunk in reader.ReadAsync(body, TestContext.Current.CancellationToken))
            chunks.Add(chunk);
        return new(chunks, faults.ToErrors(), reader.ItemCount, reader.ReadToEnd, reader.Members);
    }

    /// <summary>The body arriving in reads of the sizes that <paramref name="nextSize"/> gives.</summary>
    public static PipeReader InReads(byte[] body, Func<int> nextSize) => PipeReader.Create(new Reads(body, nextSize));

    /// <summary>The body arriving at once, in segments of the sizes that <paramref name="nextSize"/> gives.</summary>
    public static PipeReader InSegments(byte[] body, Func<int> nextSize)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, null);
        var last = first;
        for (var at = 0; at < body.Length; at += last.Memory.Length)
            last = new Segment(body.AsMemory(at, Math.Min(nextSize(), body.Length - at)), last);
        return PipeReader.Create(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }

    private sealed class Reads(byte[] body, Func<int> nextSize) : MemoryStream(body)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, nextSize())], cancellationToken);
    }
}
