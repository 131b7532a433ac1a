using System.Text;

namespace JobServer.Files.Json;

/// <summary>The text of an upload as blocks of UTF-8: the bytes as they came, or what they are in UTF-8.</summary>
internal sealed class JsonBlocks(UploadBytes bytes, TextCoding coding, CancellationToken cancellationToken)
{
    private readonly UploadText? _text =
        coding == TextCoding.Utf8 ? null : new UploadText(bytes, coding, cancellationToken);

    private readonly char[] _chars = new char[coding == TextCoding.Utf8 ? 0 : 16 << 10];
    private readonly byte[] _utf8 = new byte[coding == TextCoding.Utf8 ? 0 : 3 * (16 << 10)];
    private int _handedOut;

    /// <summary>The next block, valid until the call after; empty at the end.</summary>
    /// <exception cref="UndecodableException">The bytes are no text; of UTF-8 this is not looked at.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync()
    {
        if (_text is not null)
        {
            var read = await _text.ReadAsync(_chars, cancellationToken);
            return _utf8.AsMemory(0, Encoding.UTF8.GetBytes(_chars.AsSpan(0, read), _utf8));
        }

        bytes.Consume(_handedOut);
        if (bytes.Unread.IsEmpty)
            await bytes.ReadMoreAsync(cancellationToken);
        _handedOut = bytes.Unread.Length;
        return bytes.Unread;
    }
}
