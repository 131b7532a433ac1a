using System.Net;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>A request body that is written piece by piece and never held whole.</summary>
internal sealed class StreamedContent : HttpContent
{
    private readonly Func<Stream, CancellationToken, Task> _write;
    private readonly long? _length;

    /// <param name="write">Writes the body.</param>
    /// <param name="length">Declared in Content-Length; null sends the body in chunks.</param>
    public StreamedContent(Func<Stream, CancellationToken, Task> write, long? length = null)
    {
        _write = write;
        _length = length;
        Headers.ContentType = new("application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        _write(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    ) => _write(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length is not null;
    }
}
