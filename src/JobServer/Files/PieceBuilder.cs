using System.Buffers;
using JobServer.Ledger;

namespace JobServer.Files;

/// <summary>
/// Gathers canonical records into pieces and writes these while the next one fills: two buffers, and never more than one
/// piece on its way.
/// </summary>
/// <param name="write">Writes a piece, whose content is used anew once it has.</param>
/// <remarks>A piece ends at 1000 records or 512 KiB; a record larger than that is a piece of its own.</remarks>
internal sealed class PieceBuilder(Func<FilePiece, CancellationToken, Task> write, UploadOptions limits)
    : IAsyncDisposable
{
    public const int PieceRecords = 1000;
    public const int PieceBytes = 512 << 10;

    private byte[] _filling = ArrayPool<byte>.Shared.Rent(PieceBytes);
    private byte[] _leaving = ArrayPool<byte>.Shared.Rent(PieceBytes);
    private Task _written = Task.CompletedTask;
    private int _length;
    private int _recordStart;
    private int _count;
    private int _firstRecord;

    /// <summary>Records ended so far, faulty ones included.</summary>
    public int Records => _firstRecord + _count;

    /// <summary>Those of them that are known to be rejects.</summary>
    public int Faulty { get; private set; }

    /// <summary>What was written of the record.</summary>
    public ReadOnlyMemory<byte> Record => _filling.AsMemory(_recordStart, _length - _recordStart);

    /// <summary>Room for that many bytes of the record; say with <see cref="Advance"/> how many were written.</summary>
    public Span<byte> Room(int bytes)
    {
        if (_filling.Length - _length < bytes)
            Grow(bytes);
        return _filling.AsSpan(_length);
    }

    public void Advance(int bytes) => _length += bytes;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Takes back what was written of the record.</summary>
    public void DropRecord() => _length = _recordStart;

    /// <summary>Ends the record. True when <see cref="SpillAsync"/> must be called before the next one.</summary>
    public bool EndRecord(bool faulty = false)
    {
        if (Records == limits.MaxRecords)
        {
            throw new FileLimitException(
                "too-many-records",
                "The file has too many records.",
                $"At most {limits.MaxRecords} records are accepted; split the file."
            );
        }

        Write("\n"u8);
        _count++;
        Faulty += faulty ? 1 : 0;
        if (IsFull)
            return true;
        _recordStart = _length;
        return false;
    }

    /// <summary>Writes what is full.</summary>
    public async ValueTask SpillAsync(CancellationToken cancellationToken)
    {
        // The last record goes to the next piece when it does not fit into this one.
        if (_length > PieceBytes && _count > 1)
            await SendAsync(_recordStart, _count - 1, cancellationToken);
        if (IsFull)
            await SendAsync(_length, _count, cancellationToken);
        _recordStart = _length;
    }

    /// <summary>Writes what is left.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_count > 0)
            await SendAsync(_length, _count, cancellationToken);
        await _written;
    }

    public async ValueTask DisposeAsync()
    {
        await _written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ArrayPool<byte>.Shared.Return(_filling);
        ArrayPool<byte>.Shared.Return(_leaving);
    }

    private bool IsFull => _count == PieceRecords || _length >= PieceBytes;

    private async Task SendAsync(int length, int count, CancellationToken cancellationToken)
    {
        await _written;
        (_filling, _leaving) = (_leaving, _filling);
        var rest = _leaving.AsMemory(length, _length - length);
        (_length, _count, _recordStart) = (0, _count - count, 0);
        Write(rest.Span);
        _written = write(new FilePiece(_firstRecord, count, _leaving.AsMemory(0, length)), cancellationToken);
        _firstRecord += count;
    }

    private void Grow(int bytes)
    {
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes, _filling.Length * 2));
        _filling.AsSpan(0, _length).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(_filling);
        _filling = grown;
    }
}
