using System.Globalization;
using System.Text;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Reads the text of one <see cref="JsonPath"/>, by the grammar of RFC 9535.</summary>
internal ref struct JsonPathParser(ReadOnlySpan<char> text)
{
    private const string Supported = "supported are $, .name, ['name'], [\"name\"], [0] and [-1], one after the other";

    // The integers of I-JSON, which are those of RFC 9535.
    private const long MaxIndex = (1L << 53) - 1;

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    /// <summary>Reads all of it into <paramref name="segments"/>; says what is wrong, or null.</summary>
    public string? Read(List<JsonPath.Segment> segments)
    {
        if (_text.Length > JsonPath.MaxLength)
            return $"must have at most {JsonPath.MaxLength} characters";
        if (!Take('$'))
            return Refusal("begins with something else than $");
        while (true)
        {
            var end = _at;
            SkipBlanks();
            if (_at == _text.Length)
                return end == _at ? null : Refusal("ends with a blank");
            if (ReadSegment(out var segment) is { } refusal)
                return Refusal(refusal);
            segments.Add(segment);
        }
    }

    private static string Refusal(string what) => $"is not a path this server reads: it {what}; {Supported}";

    private string? ReadSegment(out JsonPath.Segment segment)
    {
        segment = default;
        var start = _at;
        if (Take('.'))
            return ReadShorthand(out segment);
        if (!Take('['))
            return $"has something else than . or [ at character {start + 1}";
        SkipBlanks();
        var refusal =
            _at < _text.Length && _text[_at] is '\'' or '"' ? ReadQuoted(out segment) : ReadIndex(out segment);
        if (refusal is not null)
            return refusal;
        SkipBlanks();
        return Take(']') ? null : $"has no single name or index in the brackets at character {start + 1}";
    }

    private string? ReadShorthand(out JsonPath.Segment segment)
    {
        var start = _at;
        while (_at < _text.Length && IsNameCharacter(_text[_at], first: _at == start))
            _at++;
        segment = new JsonPath.Segment(_text[start.._at].ToString(), 0);
        return _at > start ? null : $"has no name after the . at character {start}";
    }

    private string? ReadIndex(out JsonPath.Segment segment)
    {
        var start = _at;
        Take('-');
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            _at++;
        var digits = _text[start.._at];
        segment = default;
        if (
            !long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)
            || Math.Abs(index) > MaxIndex
            || digits is not "0" && digits.TrimStart('-')[0] == '0'
        )
            return $"has neither a quoted name nor an index at character {start + 1}";
        segment = new JsonPath.Segment(null, index);
        return null;
    }

    private string? ReadQuoted(out JsonPath.Segment segment)
    {
        var start = _at;
        var quote = _text[_at++];
        var name = new StringBuilder();
        segment = default;
        while (_at < _text.Length && _text[_at] >= ' ')
        {
            var next = _text[_at++];
            if (next == quote)
            {
                segment = new JsonPath.Segment(name.ToString(), 0);
                return null;
            }

            if (next != '\\')
                name.Append(next);
            else if (!ReadEscape(quote, name))
                return $"has an unknown escape in the name at character {start + 1}";
        }

        return $"has a name without an end at character {start + 1}";
    }

    private bool ReadEscape(char quote, StringBuilder name)
    {
        if (_at == _text.Length)
            return false;
        var escape = _text[_at++];
        if (escape == 'u')
            return ReadUnit(out var unit) && !char.IsLowSurrogate(unit) && Append(unit, name);
        var plain = escape switch
        {
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' or '\\' => escape,
            _ when escape == quote => escape,
            _ => '\0',
        };
        name.Append(plain);
        return plain != '\0';
    }

    private bool Append(char unit, StringBuilder name)
    {
        name.Append(unit);
        if (!char.IsHighSurrogate(unit))
            return true;
        if (!Take('\\') || !Take('u') || !ReadUnit(out var low) || !char.IsLowSurrogate(low))
            return false;
        name.Append(low);
        return true;
    }

    private bool ReadUnit(out char unit)
    {
        unit = '\0';
        if (
            _at + 4 > _text.Length
            || !ushort.TryParse(_text.Slice(_at, 4), NumberStyles.AllowHexSpecifier, null, out var value)
        )
            return false;
        _at += 4;
        unit = (char)value;
        return true;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    private bool Take(char expected)
    {
        if (_at == _text.Length || _text[_at] != expected)
            return false;
        _at++;
        return true;
    }

    private static bool IsNameCharacter(char c, bool first) =>
        char.IsAsciiLetter(c) || c == '_' || c >= '\u0080' || (!first && char.IsAsciiDigit(c));
}
