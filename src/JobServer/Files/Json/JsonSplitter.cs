using System.Buffers;
using JobServer.Jobs.Input;

namespace JobServer.Files.Json;

/// <summary>Divides JSON text, pushed in blocks of any size, into records. It holds one record at most.</summary>
internal abstract class JsonSplitter(int maxRecordBytes)
{
    private readonly ArrayBufferWriter<byte> _carried = new();
    private TextPosition _located = TextPosition.Start;
    private int _locatedAt;

    /// <summary>How many records have begun.</summary>
    public int Number { get; private set; }

    /// <summary>Where the last of them began.</summary>
    public TextPosition Position { get; private set; } = TextPosition.Start;

    /// <summary>The record returned last passed its limit: it is skipped, and its text is empty.</summary>
    public bool TooLarge { get; private set; }

    /// <summary>Whether there is a way on after a record that is no JSON.</summary>
    public abstract bool GoesOn { get; }

    /// <summary>The next record of the block; its text is valid until the next call. False when the block is used up.</summary>
    /// <exception cref="BrokenFileException">No record can begin here.</exception>
    public bool Next(ReadOnlySpan<byte> block, ref int at, out ReadOnlySpan<byte> record)
    {
        record = default;
        while (at < block.Length)
        {
            if (Step(block, ref at, out record))
                return true;
        }

        Locate(block, block.Length);
        _locatedAt = 0;
        return false;
    }

    /// <summary>Says that the text has ended. True when that ended a record.</summary>
    /// <exception cref="BrokenFileException">It ends too early.</exception>
    public abstract bool Finish(out ReadOnlySpan<byte> record);

    /// <summary>Goes on by one mark or one run of bytes.</summary>
    protected abstract bool Step(ReadOnlySpan<byte> block, ref int at, out ReadOnlySpan<byte> record);

    /// <summary>Where this place of the block is in the text.</summary>
    protected TextPosition Locate(ReadOnlySpan<byte> block, int at)
    {
        _located = _located.After(block[_locatedAt..at]);
        _locatedAt = at;
        return _located;
    }

    /// <summary>Begins a record at this place.</summary>
    protected void Begin(ReadOnlySpan<byte> block, int at)
    {
        Position = Locate(block, at);
        TooLarge = false;
        Number++;
        _carried.ResetWrittenCount();
    }

    /// <summary>Adds to the record; the whole of it when it has ended.</summary>
    protected ReadOnlySpan<byte> Take(ReadOnlySpan<byte> taken, bool ended)
    {
        TooLarge |= _carried.WrittenCount + taken.Length > maxRecordBytes;
        if (TooLarge)
            return default;
        if (ended && _carried.WrittenCount == 0)
            return taken;
        _carried.Write(taken);
        return ended ? _carried.WrittenSpan : default;
    }

    protected TextPosition End => _located;

    protected static BrokenFileException Broken(string detail, int? record, TextPosition at) =>
        new(detail, record, at.Line, at.Byte);
}
