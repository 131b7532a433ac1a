using System.Buffers;

namespace JobServer.Jobs.Input;

/// <summary>
/// Finds where one JSON value ends, however its bytes are cut, by its quotes and brackets alone. Whether the value is
/// well formed is <see cref="ValueCheck"/>'s question, asked once all of it is there.
/// </summary>
internal struct ValueScan(byte first)
{
    private static readonly SearchValues<byte> InString = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> Nested = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> AfterScalar = SearchValues.Create(" \t\r\n,:[]{}\""u8);

    private readonly bool _scalar = first is not ((byte)'"' or (byte)'[' or (byte)'{');
    private int _depth;
    private bool _inString;
    private bool _escaped;

    public bool Ended { get; private set; }

    /// <summary>Takes the value's next bytes, its first one included, and says how many of these belong to it.</summary>
    public int Take(ReadOnlySpan<byte> text)
    {
        if (_scalar)
        {
            var end = text.IndexOfAny(AfterScalar);
            Ended = end >= 0;
            return Ended ? end : text.Length;
        }

        var at = 0;
        while (at < text.Length && !Ended)
        {
            if (_escaped)
            {
                _escaped = false;
                at++;
                continue;
            }

            var stop = text[at..].IndexOfAny(_inString ? InString : Nested);
            if (stop < 0)
                return text.Length;
            at += stop + 1;
            Pass(text[at - 1]);
            Ended = _depth == 0 && !_inString;
        }

        return at;
    }

    private void Pass(byte mark)
    {
        switch (mark)
        {
            case (byte)'"':
                _inString = !_inString;
                break;
            case (byte)'\\':
                _escaped = true;
                break;
            case (byte)'[' or (byte)'{':
                _depth++;
                break;
            default:
                _depth--;
                break;
        }
    }
}
