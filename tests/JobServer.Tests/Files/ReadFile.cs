using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using JobServer.Files;
using JobServer.Ledger;
using JobServer.Tests.Jobs.Input;

namespace JobServer.Tests.Files;

/// <summary>What came of reading one file.</summary>
internal sealed record ReadFile(NewFile File, IReadOnlyList<(int FirstRecord, int RecordCount, byte[] Content)> Pieces)
{
    public static readonly FileForm Csv = new(null, FileFormat.Csv, null, ',', Gzip: false, RejectFaults: false);
    public static readonly FileForm Unsaid = new(null, null, null, null, Gzip: false, RejectFaults: false);
    public static readonly FileForm Json = Unsaid with { Format = FileFormat.Json };
    public static readonly FileForm NdJson = Unsaid with { Format = FileFormat.NdJson };

    public string[] Lines =>
        [.. Pieces.SelectMany(piece => Encoding.UTF8.GetString(piece.Content).TrimEnd('\n').Split('\n'))];

    public static Task<ReadFile> OfAsync(string text, FileForm form, UploadOptions? limits = null) =>
        OfAsync(Encoding.UTF8.GetBytes(text), form, limits);

    public static Task<ReadFile> OfAsync(byte[] body, FileForm form, UploadOptions? limits = null) =>
        OfAsync(PipeReader.Create(new MemoryStream(body)), form, limits);

    /// <summary>The body arriving in reads of the sizes that <paramref name="nextSize"/> gives.</summary>
    public static Task<ReadFile> InReadsAsync(
        byte[] body,
        Func<int> nextSize,
        FileForm form,
        UploadOptions? limits = null
    ) => OfAsync(Submitted.InReads(body, nextSize), form, limits);

    public static async Task<BrokenFileException> RefusedAsync(
        string text,
        FileForm form,
        UploadOptions? limits = null
    ) => await Assert.ThrowsAsync<BrokenFileException>(() => OfAsync(text, form, limits));

    public static byte[] Gzip(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    private static async Task<ReadFile> OfAsync(PipeReader body, FileForm form, UploadOptions? limits)
    {
        var pieces = new List<(int, int, byte[])>();
        var file = await new FileReading(form, limits ?? new UploadOptions()).ReadAsync(
            body,
            async (piece, cancel) =>
            {
                // A piece is used anew only after it was written, however long that takes.
                await Task.Yield();
                pieces.Add((piece.FirstRecord, piece.RecordCount, piece.Content.ToArray()));
            },
            TestContext.Current.CancellationToken
        );
        return new ReadFile(file, pieces);
    }
}
