using System.Text.Json;

namespace JobServer.Jobs.Input;

internal enum ValueFlaw
{
    None,
    Malformed,
    TooDeep,
    NotUnicode,
}

/// <summary>
/// Checks one whole value, so that whoever reads it afterwards meets no malformed JSON and no text that cannot be read.
/// </summary>
internal static class ValueCheck
{
    /// <summary>For values that were checked: depth is bounded by the check, not by the reader.</summary>
    public static readonly JsonReaderOptions Checked = new() { MaxDepth = int.MaxValue };

    /// <param name="value">The bytes of exactly one value.</param>
    /// <param name="maxLevels">How many levels of lists and objects it may have.</param>
    /// <param name="at">Where the value begins; of a malformed one, where it went wrong.</param>
    public static ValueFlaw Find(ReadOnlySpan<byte> value, int maxLevels, ref TextPosition at)
    {
        try
        {
            return Find(value, maxLevels);
        }
        catch (JsonException malformed)
        {
            var line = malformed.LineNumber ?? 0;
            var offset = malformed.BytePositionInLine ?? 0;
            at = line == 0 ? at with { Byte = at.Byte + offset } : new TextPosition(at.Line + line, offset + 1);
            return ValueFlaw.Malformed;
        }
    }

    private static ValueFlaw Find(ReadOnlySpan<byte> value, int maxLevels)
    {
        var flaw = ValueFlaw.None;
        var reader = new Utf8JsonReader(value, Checked);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject when reader.CurrentDepth >= maxLevels:
                    return ValueFlaw.TooDeep;
                case JsonTokenType.String or JsonTokenType.PropertyName when !JsonText.IsUnicode(reader.ValueSpan):
                    flaw = ValueFlaw.NotUnicode;
                    break;
            }
        }

        return flaw;
    }
}
