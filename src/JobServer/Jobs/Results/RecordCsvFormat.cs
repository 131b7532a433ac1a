using System.Buffers;
using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Results;

/// <summary>A row for each item, its value in columns: what went in, in its order, with what was computed last.</summary>
/// <param name="columns">Of the values.</param>
/// <param name="withErrors">Ends each row with <c>error_code</c> and <c>error_detail</c>.</param>
internal sealed class RecordCsvFormat(IReadOnlyList<string> columns, bool withErrors, bool keepFormulas) : ResultFormat
{
    private static readonly string[] ErrorColumns = ["error_code", "error_detail"];

    // A rejects file that was mended and sent again brings the columns of its last errors along.
    private readonly Dictionary<string, int> _columns = new(
        (withErrors ? columns.Except(ErrorColumns) : columns).Select(KeyValuePair.Create)
    );
    private readonly ArrayBufferWriter<byte> _text = new();
    private ValueColumns? _mapped;
    private int[] _places = [];

    public override string ContentType => "text/csv";

    public override void Begin(IBufferWriter<byte> output)
    {
        var cells = new CsvWriter(output, keepFormulas);
        foreach (var column in withErrors ? _columns.Keys.Concat(ErrorColumns) : _columns.Keys)
            cells.Text(column);
        cells.EndRow();
    }

    public override void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst)
    {
        var cells = new CsvWriter(output, keepFormulas);
        foreach (var line in lines)
        {
            WriteRow(line, ref cells);
            cells.EndRow();
        }
    }

    private void WriteRow(in ResultLine line, ref CsvWriter cells)
    {
        var value = line.Value is { } known ? known.Span : default;
        Span<Range> found = _columns.Count <= 128 ? stackalloc Range[_columns.Count] : new Range[_columns.Count];
        found.Clear();
        if (!value.IsEmpty)
            Find(value, line.Columns, found);
        foreach (var range in found)
            WriteCell(value[range], ref cells);
        if (!withErrors)
            return;
        cells.Text(line.ErrorCode);
        cells.Text(line.ErrorDetail);
    }

    /// <summary>Where each column's value stands; an empty range where it has none.</summary>
    private void Find(ReadOnlySpan<byte> value, ValueColumns? names, Span<Range> found)
    {
        var reader = new Utf8JsonReader(value, ValueCheck.Checked);
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        if (!isObject && reader.TokenType != JsonTokenType.StartArray)
            return;
        for (
            var index = 0;
            reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
            index++
        )
        {
            var place = isObject ? PlaceOf(reader) : PlaceOf(index, names);
            if (isObject)
                reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (place >= 0)
                found[place] = start..(int)reader.BytesConsumed;
        }
    }

    // A name that is no text is no column's.
    private int PlaceOf(in Utf8JsonReader name) => JsonText.IsUnicode(name.ValueSpan) ? PlaceOf(name.GetString()!) : -1;

    private int PlaceOf(string name) => _columns.GetValueOrDefault(name, -1);

    private int PlaceOf(int index, ValueColumns? names)
    {
        if (names is null)
            return index < _columns.Count ? index : -1;
        if (!ReferenceEquals(names, _mapped))
        {
            _mapped = names;
            _places = [.. names.Names.Select(PlaceOf)];
        }

        return index < _places.Length ? _places[index] : -1;
    }

    private void WriteCell(ReadOnlySpan<byte> json, ref CsvWriter cells)
    {
        if (json.IsEmpty || json.SequenceEqual("null"u8))
        {
            cells.Text(default(ReadOnlySpan<byte>));
            return;
        }

        if (json[0] != '"')
        {
            cells.Text(json);
            return;
        }

        var text = json[1..^1];
        // What is no Unicode, as a reject may be, is shown with its escapes.
        if (!text.Contains((byte)'\\') || !JsonText.IsUnicode(text))
        {
            cells.Text(text);
            return;
        }

        _text.ResetWrittenCount();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        _text.Advance(reader.CopyString(_text.GetSpan(json.Length)));
        cells.Text(_text.WrittenSpan);
    }
}
