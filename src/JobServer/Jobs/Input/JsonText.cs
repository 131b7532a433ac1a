using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace JobServer.Jobs.Input;

/// <summary>Looks at JSON strings as they stand in a document, before anything turns them into text.</summary>
internal static class JsonText
{
    /// <summary>
    /// Whether a string, given without its quotes and with its escapes, is valid UTF-8 and pairs its surrogate escapes.
    /// System.Text.Json checks neither until the text is asked for, and then throws.
    /// </summary>
    public static bool IsUnicode(ReadOnlySpan<byte> raw) => Utf8.IsValid(raw) && PairsSurrogates(raw);

    /// <summary>The text of a string that was checked, given in its quotes.</summary>
    public static string Decode(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        return reader.GetString() ?? "";
    }

    private static bool PairsSurrogates(ReadOnlySpan<byte> raw)
    {
        var highBefore = false;
        while (true)
        {
            var slash = raw.IndexOf((byte)'\\');
            if (highBefore && slash != 0)
                return false;
            if (slash < 0)
                return true;

            raw = raw[(slash + 1)..];
            if (raw.IsEmpty || raw[0] != 'u')
            {
                if (highBefore)
                    return false;
                raw = raw.IsEmpty ? raw : raw[1..];
                continue;
            }

            if (raw.Length < 5 || !Utf8Parser.TryParse(raw[1..5], out ushort unit, out var read, 'x') || read != 4)
                return false;
            if (char.IsLowSurrogate((char)unit) != highBefore)
                return false;

            highBefore = char.IsHighSurrogate((char)unit);
            raw = raw[5..];
        }
    }
}
