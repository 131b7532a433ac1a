using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment;

/// <summary>Records that came with the submission, in their stored form.</summary>
/// <param name="Lines">One line for each record: an object, or a faulty one.</param>
/// <param name="Columns">The names of their members in the order in which they first appear.</param>
internal sealed record InlineRecords(int Count, ReadOnlyMemory<byte> Lines, IReadOnlyList<string> Columns)
{
    private const int MaxColumns = 10_000;
    private const int MaxLevels = 64;

    /// <summary>
    /// Takes the elements of a list. One that cannot be used becomes a faulty record; a list that is none, or empty,
    /// is a fault.
    /// </summary>
    public static InlineRecords? Read(JsonElement list, string path, Faults faults)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            faults.Add(path, "must be a list of objects, with at least one");
            return null;
        }

        var lines = new ArrayBufferWriter<byte>();
        var columns = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var (index, record) in list.EnumerateArray().Index())
        {
            var known = columns.Count;
            Write(lines, record, index + 1, columns);
            if (columns.Keys.Skip(known).Any(name => name.Contains('\0')))
            {
                faults.Add($"{path}[{index}]", "has a member name that holds the character U+0000");
                return null;
            }

            if (columns.Count > MaxColumns)
            {
                faults.Add(path, $"has records with more than {MaxColumns} different member names in all");
                return null;
            }
        }

        return new InlineRecords(list.GetArrayLength(), lines.WrittenMemory, [.. columns.Keys]);
    }

    /// <summary>The records cut into blocks of so many at most; only a single larger one has more bytes.</summary>
    public IEnumerable<RecordBlock> Blocks(int maxRecords, int maxBytes)
    {
        var (start, length, count) = (0, 0, 0);
        for (var left = Count; left > 0; left--)
        {
            var line = Lines.Span[(start + length)..].IndexOf((byte)'\n') + 1;
            if (count == maxRecords || (count > 0 && length + line > maxBytes))
            {
                yield return new RecordBlock(count, null, Lines.Slice(start, length));
                (start, length, count) = (start + length, 0, 0);
            }

            (length, count) = (length + line, count + 1);
        }

        yield return new RecordBlock(count, null, Lines.Slice(start, length));
    }

    private static void Write(
        ArrayBufferWriter<byte> lines,
        JsonElement record,
        int number,
        OrderedDictionary<string, bool> columns
    )
    {
        var json = JsonMarshal.GetRawUtf8Value(record);
        var at = TextPosition.Start;
        switch (ValueCheck.Find(json, MaxLevels, ref at))
        {
            case ValueFlaw.TooDeep:
                FaultyRecord.Write(lines, "too_deep", $"Record {number} has more than {MaxLevels} levels.", null);
                break;
            case ValueFlaw.NotUnicode:
                FaultyRecord.Write(lines, "not_unicode", $"Record {number} holds text that is not Unicode.", null);
                break;
            default:
                if (record.ValueKind != JsonValueKind.Object)
                    FaultyRecord.Write(
                        lines,
                        "not_an_object",
                        $"Record {number} is not an object.",
                        RecordText.OnOneLine(json)
                    );
                else if (Repeated(record, columns) is { } name)
                    FaultyRecord.Write(
                        lines,
                        "duplicate_member",
                        $"Record {number} has the member '{Printable.Cut(name, 100)}' more than once.",
                        RecordText.OnOneLine(json)
                    );
                else
                    lines.Write(RecordText.OnOneLine(json));
                break;
        }

        lines.Write("\n"u8);
    }

    private static string? Repeated(JsonElement record, OrderedDictionary<string, bool> columns)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in record.EnumerateObject())
        {
            if (!names.Add(member.Name))
                return member.Name;
        }

        foreach (var name in names)
            columns.TryAdd(name, true);
        return null;
    }
}
