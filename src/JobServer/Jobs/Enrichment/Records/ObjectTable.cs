using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Records that are objects, each with members of its own.</summary>
/// <param name="addedAtMost">Members that steps add to one record.</param>
internal sealed class ObjectTable(int addedAtMost, int maxBytes) : RecordTable(maxBytes)
{
    private readonly List<Cell[]> _read = [];
    private Member[] _members = [];
    private Row[] _rows = [];
    private int _used;

    public override ReadOnlySpan<Cell> Read(string column)
    {
        var name = new Name(column);
        var cells = NewCells();
        _read.Add(cells);
        var place = 0;
        for (var row = 0; row < Count; row++)
            cells[row] = !Rejected[row] && Find(row, name, ref place) ? MembersOf(row)[place].Value : default;
        return cells.AsSpan(0, Count);
    }

    public override void Put(string column, Cell[] cells)
    {
        var name = new Name(column);
        var made = Make(name.Quoted);
        var place = 0;
        for (var row = 0; row < Count; row++)
        {
            if (Rejected[row])
                continue;
            if (Find(row, name, ref place))
                MembersOf(row)[place] = MembersOf(row)[place] with { Value = cells[row] };
            else
                _members[_rows[row].Start + _rows[row].Count++] = new Member(made, cells[row]);
        }

        Reuse(cells);
        foreach (var read in _read)
            Reuse(read);
        _read.Clear();
    }

    public override void Rename(string from, string to)
    {
        var (old, name) = (new Name(from), new Name(to));
        var made = Make(name.Quoted);
        var (oldPlace, place) = (0, 0);
        for (var row = 0; row < Count; row++)
        {
            if (Rejected[row] || !Find(row, old, ref oldPlace))
                continue;
            MembersOf(row)[oldPlace] = MembersOf(row)[oldPlace] with { Name = made };
            // The other one of that name: the search would find whichever comes first.
            var members = MembersOf(row);
            for (var other = 0; other < members.Length; other++)
            {
                if (other != oldPlace && name.Is(TextOf(members[other].Name)))
                {
                    Remove(row, other);
                    break;
                }
            }
        }
    }

    public override void Drop(string column)
    {
        var name = new Name(column);
        var place = 0;
        for (var row = 0; row < Count; row++)
        {
            if (!Rejected[row] && Find(row, name, ref place))
                Remove(row, place);
        }
    }

    protected override void Begin(RecordBlock block)
    {
        _used = 0;
        _read.Clear();
        if (_rows.Length < block.Count)
            _rows = new Row[block.Count];
    }

    protected override int Parse(ReadOnlySpan<byte> lines, int at, int row)
    {
        var start = _used;
        at = Blanks(lines, at);
        if (lines[at] != '{')
            throw RecordText.Corrupt(lines, at);
        at = Blanks(lines, at + 1);
        while (lines[at] == '"')
        {
            var name = at;
            at = RecordText.EndOfString(lines, at);
            var nameLength = at - name;
            at = Blanks(lines, at);
            if (lines[at] != ':')
                throw RecordText.Corrupt(lines, at);
            at = Blanks(lines, at + 1);
            var value = at;
            at = RecordText.EndOfValue(lines, at);
            Reserve(1);
            _members[_used++] = new Member(new Cell(name, nameLength), new Cell(value, at - value));
            at = Blanks(lines, at);
            if (lines[at] == ',')
                at = Blanks(lines, at + 1);
        }

        if (lines[at] != '}')
            throw RecordText.Corrupt(lines, at);
        _rows[row] = new Row(start, _used - start);
        Reserve(addedAtMost);
        _used += addedAtMost;
        return Blanks(lines, at + 1);
    }

    protected override IReadOnlyList<string>? Write(ArrayBufferWriter<byte> output)
    {
        for (var row = 0; row < Count; row++)
        {
            var size = Rejected[row] ? 0 : SizeOf(row);
            if (!Fits(size))
                RejectTooLarge(row);
            if (Rejected[row])
            {
                output.Write("\n"u8);
                continue;
            }

            var line = output.GetSpan((int)size);
            line[0] = (byte)'{';
            var at = 1;
            foreach (var member in MembersOf(row))
            {
                if (at > 1)
                    line[at++] = (byte)',';
                at = Copy(member.Name, line, at);
                line[at++] = (byte)':';
                at = Copy(member.Value, line, at);
            }

            line[at] = (byte)'}';
            line[at + 1] = (byte)'\n';
            output.Advance(at + 2);
        }

        return null;
    }

    private static int Blanks(ReadOnlySpan<byte> lines, int at)
    {
        while (lines[at] is (byte)' ' or (byte)'\t')
            at++;
        return at;
    }

    private int Copy(Cell cell, Span<byte> line, int at)
    {
        TextOf(cell).CopyTo(line[at..]);
        return at + cell.Length;
    }

    private long SizeOf(int row)
    {
        var size = 3L;
        foreach (var member in MembersOf(row))
            size += member.Name.Length + member.Value.Length + 2L;
        return size;
    }

    private Span<Member> MembersOf(int row) => _members.AsSpan(_rows[row].Start, _rows[row].Count);

    /// <param name="place">Where it was found in the record before, and most often is in this one.</param>
    private bool Find(int row, Name name, ref int place)
    {
        var members = MembersOf(row);
        if (place < members.Length && name.Is(TextOf(members[place].Name)))
            return true;
        for (var other = 0; other < members.Length; other++)
        {
            if (!name.Is(TextOf(members[other].Name)))
                continue;
            place = other;
            return true;
        }

        return false;
    }

    private void Reserve(int members)
    {
        if (_used + members > _members.Length)
            Array.Resize(ref _members, Math.Max(1024, (_used + members) * 2));
    }

    private void Remove(int row, int place)
    {
        var members = MembersOf(row);
        members[(place + 1)..].CopyTo(members[place..]);
        _rows[row].Count--;
    }

    private record struct Row(int Start, int Count);

    private readonly record struct Member(Cell Name, Cell Value);

    /// <summary>A name as it is looked for: a member's may be written with escapes.</summary>
    private readonly struct Name(string text)
    {
        public byte[] Quoted { get; } =
        [
            (byte)'"',
            .. JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes,
            (byte)'"',
        ];

        public bool Is(ReadOnlySpan<byte> member) =>
            member.SequenceEqual(Quoted) || (member.Contains((byte)'\\') && JsonText.Decode(member) == text);
    }
}
