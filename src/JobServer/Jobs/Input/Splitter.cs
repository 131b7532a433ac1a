using System.Buffers;

namespace JobServer.Jobs.Input;

/// <summary>
/// Splits the text of one JSON object, pushed in pieces of any size, into the names and values of its members, and
/// one of them, a list, into its items. Every byte is looked at once; at most one value is held.
/// </summary>
internal sealed class Splitter(int nameBytes, int memberBytes, int itemBytes)
{
    private readonly ArrayBufferWriter<byte> _carried = new();
    private Place _place;
    private ValueScan? _scan;
    private bool _splitValue;
    private bool _skipValue;
    private TextPosition _located = TextPosition.Start;
    private int _locatedAt;

    private enum Place
    {
        Start,
        SecondMark,
        ThirdMark,
        Document,
        FirstName,
        Name,
        Colon,
        Value,
        MemberEnd,
        FirstItem,
        Item,
        ItemEnd,
        End,
    }

    /// <summary>Where the part returned last begins; after the last piece, where the text ends.</summary>
    public TextPosition Position { get; private set; } = TextPosition.Start;

    public bool AtStart => _place is Place.Start or Place.Document;

    public bool AtEnd => _place == Place.End;

    /// <summary>What the text should go on with.</summary>
    public string Expected =>
        _scan is not null
            ? "the rest of a value"
            : _place switch
            {
                Place.FirstName => "a member name or '}'",
                Place.Name => "a member name in double quotes",
                Place.Colon => "':'",
                Place.Value or Place.FirstItem or Place.Item => "a value",
                Place.MemberEnd => "',' or '}'",
                Place.ItemEnd => "',' or ']'",
                Place.End => "nothing more",
                _ => "a JSON object in UTF-8, starting with '{'",
            };

    /// <summary>To be called on a name: its value is the list to split.</summary>
    public void SplitValue() => _splitValue = true;

    /// <summary>To be called on a name: its value is not wanted, however long it is.</summary>
    public void SkipValue() => _skipValue = true;

    /// <summary>The next part of the piece. Its text is valid until the next call.</summary>
    public Part Next(ReadOnlySpan<byte> piece, ref int at, out ReadOnlySpan<byte> text)
    {
        text = default;
        while (at < piece.Length)
        {
            var part = _scan is { } scan ? Take(scan, piece, ref at, out text) : Step(piece, ref at);
            if (part != Part.None)
                return part;
        }

        Locate(piece, piece.Length);
        _locatedAt = 0;
        return Part.None;
    }

    /// <summary>Says that there are no more pieces.</summary>
    public void Finish() => Position = _located;

    private Part Step(ReadOnlySpan<byte> piece, ref int at)
    {
        var next = (char)piece[at];
        if (_place == Place.Start && next != '\u00EF')
            _place = Place.Document;
        if (next is ' ' or '\n' or '\r' or '\t' && _place is not (Place.SecondMark or Place.ThirdMark))
        {
            at++;
            return Part.None;
        }

        var (place, part) = (_place, next) switch
        {
            // The three bytes of a byte order mark, which some writers of UTF-8 put first.
            (Place.Start, _) => (Place.SecondMark, Part.None),
            (Place.SecondMark, '\u00BB') => (Place.ThirdMark, Part.None),
            (Place.ThirdMark, '\u00BF') => (Place.Document, Part.None),
            (Place.Document, '{') => (Place.FirstName, Part.None),
            (Place.FirstName or Place.MemberEnd, '}') => (Place.End, Part.None),
            (Place.FirstName or Place.Name, '"') => (Place.Name, Part.Name),
            (Place.Colon, ':') => (Place.Value, Part.None),
            (Place.MemberEnd, ',') => (Place.Name, Part.None),
            (Place.FirstItem or Place.ItemEnd, ']') => (Place.MemberEnd, Part.ItemsEnd),
            (Place.ItemEnd, ',') => (Place.Item, Part.None),
            (Place.Value or Place.FirstItem or Place.Item, ',' or ':' or ']' or '}') => (_place, Part.Malformed),
            (Place.Value, '[') when _splitValue => (Place.FirstItem, Part.ItemsStart),
            (Place.Value, _) => (Place.Value, Part.Member),
            (Place.FirstItem or Place.Item, _) => (Place.Item, Part.Item),
            _ => (_place, Part.Malformed),
        };
        _place = place;
        if (part is Part.Name or Part.Member or Part.Item)
            return Begin(piece, at);
        if (part != Part.None)
            Position = Locate(piece, at);
        if (part == Part.ItemsStart)
            _splitValue = false;
        if (part != Part.Malformed)
            at++;
        return part;
    }

    private Part Begin(ReadOnlySpan<byte> piece, int at)
    {
        Position = Locate(piece, at);
        _scan = new ValueScan(piece[at]);
        _carried.ResetWrittenCount();
        if (!_splitValue || _place != Place.Value)
            return Part.None;

        _splitValue = false;
        _skipValue = true;
        return Part.NotAList;
    }

    private Part Take(ValueScan scan, ReadOnlySpan<byte> piece, ref int at, out ReadOnlySpan<byte> text)
    {
        var taken = piece.Slice(at, scan.Take(piece[at..]));
        at += taken.Length;
        var part = Judge(taken, scan.Ended, out text);
        _scan = scan.Ended ? null : scan;
        if (!scan.Ended)
            return part;

        _skipValue = false;
        _place = _place switch
        {
            Place.Name => Place.Colon,
            Place.Value => Place.MemberEnd,
            _ => Place.ItemEnd,
        };
        return part;
    }

    private Part Judge(ReadOnlySpan<byte> taken, bool ended, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_skipValue)
            return Part.None;

        var (whole, limit) = _place switch
        {
            Place.Name => (Part.Name, nameBytes),
            Place.Value => (Part.Member, memberBytes),
            _ => (Part.Item, itemBytes),
        };
        if (_carried.WrittenCount + taken.Length > limit)
        {
            _skipValue = true;
            return whole == Part.Name ? Part.NameTooLong : Part.TooLong;
        }

        if (ended && _carried.WrittenCount == 0)
        {
            text = taken;
            return whole;
        }

        _carried.Write(taken);
        text = _carried.WrittenSpan;
        return ended ? whole : Part.None;
    }

    private TextPosition Locate(ReadOnlySpan<byte> piece, int at)
    {
        _located = _located.After(piece[_locatedAt..at]);
        _locatedAt = at;
        return _located;
    }
}
