using JobServer.Jobs.Input;

namespace JobServer.Files.Json;

/// <summary>One JSON document: the elements of its array are the records, or the one object that it is.</summary>
internal sealed class DocumentSplitter(int maxRecordBytes) : JsonSplitter(maxRecordBytes)
{
    private Place _place;
    private ValueScan? _scan;

    private enum Place
    {
        Document,
        Object,
        FirstItem,
        Item,
        ItemEnd,
        End,
    }

    public override bool GoesOn => false;

    private string Expected =>
        _scan is not null
            ? "the rest of a value"
            : _place switch
            {
                Place.Document => "'[' or '{'",
                Place.ItemEnd => "',' or ']'",
                _ => "a value",
            };

    // The one that is being read, or that should come next.
    private int? AtRecord =>
        _scan is not null ? Number
        : _place is Place.Document or Place.End ? null
        : Number + 1;

    public override bool Finish(out ReadOnlySpan<byte> record)
    {
        record = default;
        if (_place == Place.End)
            return false;
        throw Broken(
            _place == Place.Document
                ? "The file holds nothing but blanks."
                : $"The file ends too early, at {End}, before {Expected}. Was it cut?",
            AtRecord,
            End
        );
    }

    protected override bool Step(ReadOnlySpan<byte> block, ref int at, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (_scan is { } scan)
        {
            var taken = block.Slice(at, scan.Take(block[at..]));
            at += taken.Length;
            record = Take(taken, scan.Ended);
            _scan = scan.Ended ? null : scan;
            if (scan.Ended)
                _place = _place == Place.Object ? Place.End : Place.ItemEnd;
            return scan.Ended;
        }

        var next = (char)block[at];
        if (next is ' ' or '\n' or '\r' or '\t')
        {
            var blanks = block[at..].IndexOfAnyExcept(" \t\r\n"u8);
            at = blanks < 0 ? block.Length : at + blanks;
            return false;
        }

        _place = (_place, next) switch
        {
            (Place.Document, '[') => Place.FirstItem,
            (Place.Document, '{') => Place.Object,
            (Place.FirstItem or Place.ItemEnd, ']') => Place.End,
            (Place.ItemEnd, ',') => Place.Item,
            (Place.FirstItem or Place.Item, not (',' or ':' or ']' or '}')) => Place.Item,
            _ => throw Unexpected(block, at),
        };
        if (_place == Place.Object || (_place == Place.Item && next != ','))
        {
            Begin(block, at);
            _scan = new ValueScan(block[at]);
        }
        else
            at++;

        return false;
    }

    private BrokenFileException Unexpected(ReadOnlySpan<byte> block, int at)
    {
        var place = Locate(block, at);
        return Broken(
            _place switch
            {
                Place.Document => $"The file is no JSON array and no JSON object: {Expected} should stand at {place}.",
                Place.End =>
                    $"The file goes on after the end of its JSON, at {place}. If each line is a record, send it with format=ndjson.",
                _ => $"The file is not well-formed JSON: {Expected} should stand at {place}.",
            },
            AtRecord,
            place
        );
    }
}
