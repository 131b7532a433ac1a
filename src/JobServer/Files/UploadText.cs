namespace JobServer.Files;

/// <summary>The text of an upload. What was decoded before a fault is handed out first; the read after it throws.</summary>
/// <exception cref="UndecodableException">The bytes are no text.</exception>
internal sealed class UploadText(UploadBytes bytes, TextCoding coding, CancellationToken cancellationToken) : TextReader
{
    // A pair of surrogates is decoded at once, also for who has room for one of them.
    private readonly char[] _pair = new char[2];
    private char? _second;

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancel = default)
    {
        if (buffer.IsEmpty)
            return 0;
        if (_second is { } second)
        {
            buffer.Span[0] = second;
            _second = null;
            return 1;
        }

        if (buffer.Length > 1)
            return await DecodeAsync(buffer);
        var written = await DecodeAsync(_pair);
        buffer.Span[0] = _pair[0];
        _second = written == 2 ? _pair[1] : null;
        return Math.Min(written, 1);
    }

    public override Task<int> ReadAsync(char[] buffer, int index, int count) =>
        ReadAsync(buffer.AsMemory(index, count), cancellationToken).AsTask();

    public override int Read(char[] buffer, int index, int count) => throw new NotSupportedException();

    private async ValueTask<int> DecodeAsync(Memory<char> room)
    {
        while (true)
        {
            var decoded = coding.Decode(bytes.Unread.Span, room.Span);
            bytes.Consume(decoded.Used);
            if (decoded.Written > 0)
                return decoded.Written;
            if (decoded.Invalid)
                throw new UndecodableException(coding, bytes.Offset);
            if (await bytes.ReadMoreAsync(cancellationToken))
                continue;
            // Less than a character is left.
            return bytes.Unread.IsEmpty ? 0 : throw new UndecodableException(coding, bytes.Offset);
        }
    }
}
