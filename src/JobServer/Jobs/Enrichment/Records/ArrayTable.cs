using System.Buffers;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Records that are arrays, all with the same columns.</summary>
internal sealed class ArrayTable(int maxBytes) : RecordTable(maxBytes)
{
    private readonly List<Column> _columns = [];
    private ColumnNames _names = new([]);
    private Cell[][] _input = [];
    private Cell[] _absent = [];

    public override ReadOnlySpan<Cell> Read(string column)
    {
        var index = _names.IndexOf(column);
        if (index >= 0)
            return _columns[index].Cells.AsSpan(0, Count);
        if (_absent.Length < Count)
            _absent = new Cell[Count];
        return _absent.AsSpan(0, Count);
    }

    public override void Put(string column, Cell[] cells)
    {
        var index = _names.Put(column);
        var made = new Column(cells, -1);
        if (index == _columns.Count)
        {
            _columns.Add(made);
            return;
        }

        Reuse(_columns[index].Cells);
        _columns[index] = made;
    }

    public override void Rename(string from, string to) => Remove(_names.Rename(from, to));

    public override void Drop(string column) => Remove(_names.Drop(column));

    protected override void Begin(RecordBlock block)
    {
        foreach (var column in _columns)
            Reuse(column.Cells);
        _columns.Clear();
        _names = new ColumnNames(block.Columns!);
        _input = new Cell[block.Columns!.Count][];
        for (var index = 0; index < _input.Length; index++)
        {
            _input[index] = NewCells();
            _columns.Add(new Column(_input[index], index));
        }
    }

    protected override int Parse(ReadOnlySpan<byte> lines, int at, int row)
    {
        Expect(lines, at++, '[');
        var columns = _input;
        for (var index = 0; index < columns.Length; index++)
        {
            if (index > 0)
                Expect(lines, at++, ',');
            var start = at;
            at = RecordText.EndOfValue(lines, at);
            columns[index][row] = new Cell(start, at - start);
        }

        Expect(lines, at++, ']');
        return at;
    }

    protected override IReadOnlyList<string> Write(ArrayBufferWriter<byte> output)
    {
        var runs = Runs();
        for (var row = 0; row < Count; row++)
        {
            var size = Rejected[row] ? 0 : SizeOf(runs, row);
            if (!Fits(size))
                RejectTooLarge(row);
            if (Rejected[row])
            {
                output.Write("\n"u8);
                continue;
            }

            var line = output.GetSpan((int)size);
            line[0] = (byte)'[';
            var at = 1;
            foreach (var (first, last) in runs)
            {
                if (at > 1)
                    line[at++] = (byte)',';
                var text = TextOf(Run(first[row], last[row]));
                text.CopyTo(line[at..]);
                at += text.Length;
            }

            line[at] = (byte)']';
            line[at + 1] = (byte)'\n';
            output.Advance(at + 2);
        }

        return _names.All;
    }

    private static long SizeOf(List<(Cell[] First, Cell[] Last)> runs, int row)
    {
        var size = runs.Count + 3L;
        foreach (var (first, last) in runs)
            size += Run(first[row], last[row]).Length;
        return size;
    }

    private static Cell Run(Cell first, Cell last) => new(first.Start, last.Start + last.Length - first.Start);

    private static void Expect(ReadOnlySpan<byte> lines, int at, char mark)
    {
        if (at >= lines.Length || lines[at] != mark)
            throw RecordText.Corrupt(lines, at);
    }

    /// <summary>Columns that stand side by side in the input as well are one copy: no blanks stand between them.</summary>
    private List<(Cell[] First, Cell[] Last)> Runs()
    {
        var runs = new List<(Cell[] First, Cell[] Last)>(_columns.Count);
        for (var index = 0; index < _columns.Count; index++)
        {
            var (cells, origin) = _columns[index];
            if (index > 0 && origin > 0 && _columns[index - 1].Origin == origin - 1)
                runs[^1] = (runs[^1].First, cells);
            else
                runs.Add((cells, cells));
        }

        return runs;
    }

    private void Remove(int index)
    {
        if (index < 0)
            return;
        Reuse(_columns[index].Cells);
        _columns.RemoveAt(index);
    }

    /// <param name="Origin">Its place in the input; -1 when a step made it.</param>
    private sealed record Column(Cell[] Cells, int Origin);
}
