using System.Buffers;
using System.Text;

namespace JobServer.Files;

/// <summary>
/// Writes records in the one form in which pieces hold them: a line each, a row of a CSV as a JSON array of strings in
/// which only what must be is escaped, a JSON object as it was sent, a faulty record as <c>!</c> and
/// <c>{"code":…,"detail":…,"record":…}</c>.
/// </summary>
internal static class Canonical
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Select(code => (char)code),
        '"',
        '\\',
    ]);

    /// <summary>Writes text as a JSON string.</summary>
    public static void WriteText(this PieceBuilder record, ReadOnlySpan<char> text)
    {
        var stop = text.IndexOfAny(Escaped);
        if (stop >= 0)
        {
            WriteEscaped(record, text, stop);
            return;
        }

        var room = record.Room(Longest(text) + 2);
        room[0] = (byte)'"';
        var length = Encoding.UTF8.GetBytes(text, room[1..]);
        room[length + 1] = (byte)'"';
        record.Advance(length + 2);
    }

    /// <summary>Writes a JSON value that was found to be well formed: line breaks, which stand between tokens, become blanks.</summary>
    public static void WriteValue(this PieceBuilder record, ReadOnlySpan<byte> value)
    {
        var room = record.Room(value.Length)[..value.Length];
        value.Replace(room, (byte)'\n', (byte)' ');
        room.Replace((byte)'\r', (byte)' ');
        record.Advance(value.Length);
    }

    /// <summary>Begins a faulty record: what follows is the record itself, as JSON.</summary>
    public static void BeginFaulty(this PieceBuilder record, string code, string detail)
    {
        record.DropRecord();
        record.Write("!{\"code\":"u8);
        record.WriteText(code);
        record.Write(",\"detail\":"u8);
        record.WriteText(detail);
        record.Write(",\"record\":"u8);
    }

    /// <summary>Ends a faulty record.</summary>
    public static bool EndFaulty(this PieceBuilder record)
    {
        record.Write("}"u8);
        return record.EndRecord(faulty: true);
    }

    private static void WriteEscaped(PieceBuilder record, ReadOnlySpan<char> text, int stop)
    {
        record.Write("\""u8);
        while (stop >= 0)
        {
            WriteRaw(record, text[..stop]);
            WriteEscape(record, text[stop]);
            text = text[(stop + 1)..];
            stop = text.IndexOfAny(Escaped);
        }

        WriteRaw(record, text);
        record.Write("\""u8);
    }

    private static void WriteRaw(PieceBuilder record, ReadOnlySpan<char> text) =>
        record.Advance(Encoding.UTF8.GetBytes(text, record.Room(Longest(text))));

    private static void WriteEscape(PieceBuilder record, char escaped)
    {
        var room = record.Room(6);
        room[0] = (byte)'\\';
        var shorthand = escaped switch
        {
            '"' or '\\' => escaped,
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\b' => 'b',
            '\f' => 'f',
            _ => default,
        };
        if (shorthand != default)
        {
            room[1] = (byte)shorthand;
            record.Advance(2);
            return;
        }

        "u00"u8.CopyTo(room[1..]);
        room[4] = (byte)('0' + (escaped >> 4));
        room[5] = (byte)"0123456789abcdef"[escaped & 0xF];
        record.Advance(6);
    }

    // The bound is cheaper than the count, unless it would make the buffer grow for nothing.
    private static int Longest(ReadOnlySpan<char> text) =>
        text.Length <= 4096 ? text.Length * 3 : Encoding.UTF8.GetByteCount(text);
}
