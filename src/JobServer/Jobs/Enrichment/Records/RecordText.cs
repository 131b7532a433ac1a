using System.Diagnostics;
using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Finds its way in stored records, which are known to be sound: only ends are looked for.</summary>
internal static class RecordText
{
    /// <summary>The place right after the value that begins at <paramref name="at"/>.</summary>
    public static int EndOfValue(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] == '"')
            return EndOfString(text, at);
        var scan = new ValueScan(text[at]);
        return at + scan.Take(text[at..]);
    }

    /// <summary>The place right after the string whose quote stands at <paramref name="at"/>.</summary>
    public static int EndOfString(ReadOnlySpan<byte> text, int at)
    {
        at++;
        while (true)
        {
            var mark = text[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (mark < 0)
                throw Corrupt(text, at);
            at += mark + 1;
            if (text[at - 1] == '"')
                return at;
            at++;
        }
    }

    public static bool IsNull(ReadOnlySpan<byte> value) => value.Length == 4 && value[0] == 'n';

    /// <summary>
    /// The text of a value: of a string what is in it, of all else its JSON. <paramref name="scratch"/> takes it, and
    /// grows, where there are escapes.
    /// </summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> value, ref byte[] scratch)
    {
        if (value[0] != '"')
            return value;
        var text = value[1..^1];
        if (!text.Contains((byte)'\\'))
            return text;

        if (scratch.Length < text.Length)
            scratch = new byte[text.Length * 2];
        var reader = new Utf8JsonReader(value);
        reader.Read();
        return scratch.AsSpan(0, reader.CopyString(scratch));
    }

    /// <summary>A copy of one JSON value in which line breaks, which stand between tokens only, are blanks.</summary>
    public static byte[] OnOneLine(ReadOnlySpan<byte> json)
    {
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }

    /// <summary>Stored lines are written by this server: such a line is a fault of its own.</summary>
    public static UnreachableException Corrupt(ReadOnlySpan<byte> text, int at) =>
        new($"A stored record is not in its canonical form, at byte {at} of {text.Length}.");
}
