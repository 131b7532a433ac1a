using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>Gathers canonical items into chunks of a fixed size. Once there is a fault it only counts and checks.</summary>
internal sealed class ItemChunker : IDisposable
{
    private readonly IItemReader _items;
    private readonly string _list;
    private readonly int _chunkSize;
    private readonly Faults _faults;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _writer;
    private readonly Queue<ItemChunk> _ready = new();
    private int _chunkNo;
    private int _inChunk;

    public ItemChunker(IItemReader items, string list, int chunkSize, Faults faults)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkSize);
        _items = items;
        _list = list;
        _chunkSize = chunkSize;
        _faults = faults;

        // Stored and sent as JSON, never set into HTML: a URL keeps its '&' instead of growing by "\u0026".
        var options = new JsonWriterOptions
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            SkipValidation = true,
        };
        _writer = new Utf8JsonWriter(_buffer, options);
    }

    public int ItemCount { get; private set; }

    /// <summary>Adds one item that <see cref="ValueCheck"/> found nothing wrong with.</summary>
    public void Add(ReadOnlySpan<byte> item)
    {
        if (_inChunk == 0)
            _writer.WriteStartArray();

        var reader = new Utf8JsonReader(item, ValueCheck.Checked);
        reader.Read();
        _items.Read(ref reader, _writer, Next());

        if (_faults.Any)
            Drop();
        else if (++_inChunk == _chunkSize)
            Close();
    }

    /// <summary>The place of an item; whatever comes of it, it has its number.</summary>
    public ItemFaults Next() => new(_faults, _list, ItemCount++);

    /// <summary>Closes the last chunk, which may be a shorter one.</summary>
    public void Finish()
    {
        if (_inChunk > 0 && !_faults.Any)
            Close();
    }

    public bool TryTake([NotNullWhen(true)] out ItemChunk? chunk) => _ready.TryDequeue(out chunk);

    public void Dispose() => _writer.Dispose();

    private void Close()
    {
        _writer.WriteEndArray();
        _writer.Flush();
        _ready.Enqueue(new ItemChunk(_chunkNo, _chunkNo * _chunkSize, _inChunk, _buffer.WrittenSpan.ToArray()));
        _chunkNo++;
        Drop();
    }

    private void Drop()
    {
        _inChunk = 0;
        _buffer.ResetWrittenCount();
        _writer.Reset();
    }
}
