using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>
/// One block of records while steps work on it, column by column. Values are places in the block's lines, or among
/// the values that steps made; nothing is copied before it is written. Buffers are kept from block to block.
/// </summary>
/// <param name="maxBytes">Of a block's output, and of the values that steps made for it. More is a reject.</param>
internal abstract class RecordTable(int maxBytes)
{
    // It was checked when it was stored; the fault around it is a level more.
    private static readonly JsonDocumentOptions Checked = new() { MaxDepth = int.MaxValue };

    private const string TooLargeCode = "output_too_large";

    // What one block of uncommon size needed is not kept for good.
    private const int KeptBytes = 16 << 20;

    private readonly Stack<Cell[]> _spare = new();
    private ReadOnlyMemory<byte> _lines;
    private ArrayBufferWriter<byte> _made = new(4096);
    private ArrayBufferWriter<byte> _output = new(4096);
    private bool[] _rejected = [];
    private Reject?[] _rejects = [];
    private Cell[] _records = [];
    private int _rejectCount;

    /// <summary>Records of the block, rejects included.</summary>
    public int Count { get; private set; }

    /// <summary>Which records are to be skipped.</summary>
    public ReadOnlySpan<bool> Rejected => _rejected.AsSpan(0, Count);

    protected ReadOnlySpan<byte> Lines => _lines.Span;

    /// <summary>The whole lines of the records, without their ends.</summary>
    protected ReadOnlySpan<Cell> Records => _records.AsSpan(0, Count);

    /// <exception cref="System.Diagnostics.UnreachableException">The lines are not in their canonical form.</exception>
    public void Load(RecordBlock block)
    {
        (Count, _lines) = (block.Count, block.Lines);
        _made = Emptied(_made);
        _output = Emptied(_output);
        if (_records.Length < Count)
        {
            (_records, _rejected, _rejects) = (new Cell[Count], new bool[Count], new Reject?[Count]);
            _spare.Clear();
        }

        _rejectCount = 0;
        Array.Clear(_rejected);
        Begin(block);
        var lines = _lines.Span;
        var at = 0;
        for (var row = 0; row < Count; row++)
        {
            var start = at;
            if (at < lines.Length && lines[at] == '!')
            {
                at += lines[at..].IndexOf((byte)'\n');
                _records[row] = new Cell(start, at - start);
                RejectFaulty(row, _lines[(start + 1)..at]);
            }
            else
            {
                at = Parse(lines, at, row);
                _records[row] = new Cell(start, at - start);
            }

            if (at >= lines.Length || lines[at++] != '\n')
                throw RecordText.Corrupt(lines, at);
        }
    }

    /// <summary>The values of a column, one for each record, absent where a record has none.</summary>
    public abstract ReadOnlySpan<Cell> Read(string column);

    /// <summary>Room for the values of a column, one for each record, of any content.</summary>
    public Cell[] NewCells() => _spare.TryPop(out var cells) ? cells : new Cell[_records.Length];

    /// <summary>Puts a column in place of the one of that name, else last. The table keeps the cells.</summary>
    public abstract void Put(string column, Cell[] cells);

    public abstract void Rename(string from, string to);

    public abstract void Drop(string column);

    /// <summary>The JSON text of a value.</summary>
    public ReadOnlySpan<byte> TextOf(Cell cell) =>
        cell.Start >= 0
            ? _lines.Span.Slice(cell.Start, cell.Length)
            : _made.WrittenSpan.Slice(~cell.Start, cell.Length);

    /// <summary>Keeps a value that a step made, JSON without line breaks.</summary>
    public Cell Make(ReadOnlySpan<byte> json)
    {
        var cell = new Cell(~_made.WrittenCount, json.Length);
        _made.Write(json);
        return cell;
    }

    /// <summary>The same of a whole number.</summary>
    public Cell Make(ulong number)
    {
        var start = _made.WrittenCount;
        number.TryFormat(_made.GetSpan(20), out var length);
        _made.Advance(length);
        return new Cell(~start, length);
    }

    /// <summary>Whether there is room for a value that may be large.</summary>
    public bool HasRoomFor(int bytes) => bytes <= maxBytes - _made.WrittenCount;

    public void Reject(int row, string code, string detail, string? host = null)
    {
        var (start, length) = _records[row];
        Reject(new Reject(row, code, detail, host, _lines.Slice(start, length)));
    }

    public void RejectTooLarge(int row) =>
        Reject(
            row,
            TooLargeCode,
            $"With it, the records of one batch have more than {maxBytes} bytes; choose a smaller batchSize."
        );

    /// <summary>Writes the records as they are now.</summary>
    public EnrichedBlock Finish()
    {
        var columns = Write(_output);
        return new EnrichedBlock(Count, columns, _output.WrittenMemory, Rejects());
    }

    /// <summary>Whether the output has room for so many bytes, and an empty line for every record.</summary>
    protected bool Fits(long bytes) => bytes <= maxBytes - _output.WrittenCount - Count;

    protected void Reuse(Cell[] cells)
    {
        if (cells.Length == _records.Length)
            _spare.Push(cells);
    }

    protected abstract void Begin(RecordBlock block);

    /// <summary>Takes the record that begins at <paramref name="at"/>; the place of its line's end.</summary>
    protected abstract int Parse(ReadOnlySpan<byte> lines, int at, int row);

    /// <summary>Writes all lines; the names of their columns.</summary>
    protected abstract IReadOnlyList<string>? Write(ArrayBufferWriter<byte> output);

    private static ArrayBufferWriter<byte> Emptied(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptBytes)
            return new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        return buffer;
    }

    private void RejectFaulty(int row, ReadOnlyMemory<byte> fault)
    {
        using var document = JsonDocument.Parse(fault, Checked);
        var root = document.RootElement;
        var record = root.TryGetProperty("record", out var found) ? JsonMarshal.GetRawUtf8Value(found) : "null"u8;
        var code = root.GetProperty("code").GetString()!;
        Reject(new Reject(row, code, root.GetProperty("detail").GetString()!, null, record.ToArray()));
    }

    private void Reject(Reject reject)
    {
        _rejected[reject.Index] = true;
        _rejects[reject.Index] = reject;
        _rejectCount++;
    }

    private Reject[] Rejects()
    {
        if (_rejectCount == 0)
            return [];
        var rejects = new List<Reject>(_rejectCount);
        for (var row = 0; row < Count; row++)
        {
            if (_rejected[row])
                rejects.Add(_rejects[row]!);
        }

        return [.. rejects];
    }
}
