using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class SubmissionReaderVolumeTests
{
    private const int Items = 1_000_000;

    [Fact]
    public async Task A_million_URLs_are_read_with_few_chunks_alive()
    {
        var faults = new Faults();
        var body = new Generated(Items);
        var reader = new SubmissionReader("urls", 100, Submitted.Urls, faults, SubmissionLimits.Default);
        var inputs = new List<WeakReference>();
        var mostAlive = 0;
        var items = 0;
        var sentBefore = 0L;
        var makingBefore = TimeSpan.Zero;
        var elapsed = new Stopwatch();

        elapsed.Start();
        await foreach (var chunk in reader.ReadAsync(PipeReader.Create(body), TestContext.Current.CancellationToken))
        {
            Assert.Equal(items, chunk.FirstSeq);
            items += chunk.ItemCount;
            inputs.Add(Watch(chunk));
            if (inputs.Count < 1000)
                continue;

            elapsed.Stop();
            mostAlive = Math.Max(mostAlive, CountAlive(inputs));
            inputs.Clear();

            // The first half warms up the code.
            if (items == Items / 2)
            {
                (sentBefore, makingBefore) = (body.Sent, body.Making.Elapsed);
                elapsed.Reset();
            }

            elapsed.Start();
        }

        elapsed.Stop();
        var seconds = (elapsed.Elapsed - (body.Making.Elapsed - makingBefore)).TotalSeconds;
        var megabytes = (body.Sent - sentBefore) / 1e6;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"second half: {megabytes / seconds:F0} MB/s, {Items / 2 / seconds:F0} items/s; at most {mostAlive} chunks alive"
        );
        Assert.Equal(Items, items);
        Assert.Equal(Items, reader.ItemCount);
        Assert.Empty(faults.ToErrors());
        Assert.InRange(mostAlive, 0, 10);
    }

    [Fact]
    public async Task A_million_wrong_items_hold_nothing_back_either()
    {
        var body = new Generated(Items);
        var refuse = new JobServer.Jobs.Fetch.FetchItemReader(url => "no", (_, _) => null);
        var faults = new Faults();
        var reader = new SubmissionReader("urls", 100, refuse, faults, SubmissionLimits.Default);

        await foreach (var chunk in reader.ReadAsync(PipeReader.Create(body), TestContext.Current.CancellationToken))
            Assert.Fail($"chunk {chunk.ChunkNo}");

        Assert.True(faults.More);
        Assert.InRange(body.Sent, 0, 100_000);
    }

    private static WeakReference Watch(ItemChunk chunk)
    {
        Assert.True(MemoryMarshal.TryGetArray(chunk.Input, out var array));
        return new WeakReference(array.Array);
    }

    private static int CountAlive(List<WeakReference> inputs)
    {
        GC.Collect();
        return inputs.Count(input => input.IsAlive);
    }

    /// <summary>A body that is made while it is read.</summary>
    private sealed class Generated(int items) : Stream
    {
        private byte[] _rest = "{\"tags\":[\"nightly\"],\"urls\":["u8.ToArray();
        private int _at;
        private int _made;

        /// <summary>Time spent on making the body, which is not the reader's.</summary>
        public Stopwatch Making { get; } = new();

        public long Sent { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override int Read(Span<byte> buffer)
        {
            if (_at == _rest.Length && !Make())
                return 0;

            var count = Math.Min(buffer.Length, _rest.Length - _at);
            _rest.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            Sent += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private bool Make()
        {
            if (_made > items)
                return false;

            Making.Start();
            var text = new StringBuilder();
            for (var end = Math.Min(_made + 500, items); _made < end; _made++)
                text.Append(
                    $"{(_made == 0 ? "" : ",")}\"https://host-{_made % 977}.example.org/path/to/page?id={_made}\""
                );
            if (_made == items)
            {
                text.Append("]}");
                _made++;
            }

            _rest = Encoding.UTF8.GetBytes(text.ToString());
            _at = 0;
            Making.Stop();
            return true;
        }
    }
}
