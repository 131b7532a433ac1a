namespace JobServer.Files.Json;

/// <summary>NDJSON: each line that is not blank is a record.</summary>
internal sealed class LineSplitter(int maxRecordBytes) : JsonSplitter(maxRecordBytes)
{
    private bool _inLine;

    public override bool GoesOn => true;

    public override bool Finish(out ReadOnlySpan<byte> record)
    {
        record = _inLine ? Take(default, ended: true).TrimEnd(" \t\r"u8) : default;
        return _inLine;
    }

    protected override bool Step(ReadOnlySpan<byte> block, ref int at, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (!_inLine)
        {
            var blanks = block[at..].IndexOfAnyExcept(" \t\r\n"u8);
            at = blanks < 0 ? block.Length : at + blanks;
            if (blanks < 0)
                return false;
            Begin(block, at);
            _inLine = true;
        }

        var length = block[at..].IndexOf((byte)'\n');
        _inLine = length < 0;
        var taken = _inLine ? block[at..] : block.Slice(at, length);
        at += taken.Length;
        record = Take(taken, ended: !_inLine).TrimEnd(" \t\r"u8);
        return !_inLine;
    }
}
