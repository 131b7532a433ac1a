using System.IO.Compression;
using JobServer.Outbound;

namespace JobServer.Tests.Outbound;

public sealed class BodyReaderTests
{
    private const int Megabyte = 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 5 * Megabyte, 5 * Megabyte)]
    [InlineData(10_000, 10_000, 10_001)]
    [InlineData(0, 0, 0)]
    [InlineData(100_000, 100_000, long.MaxValue)]
    public async Task Body_within_the_cap_is_read_whole(int step, int length, long maxBytes)
    {
        var bytes = new byte[length];
        Random.Shared.NextBytes(bytes);
        await using var stream = new CountingStream(new MemoryStream(bytes), Math.Max(step, 1000));

        using var body = await BodyReader.ReadAsync(stream, declared: null, maxBytes, Cancel);

        Assert.True(body.Span.SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8 * 1024)]
    [InlineData(100_000)]
    public async Task Bomb_is_decompressed_up_to_the_cap_and_one_byte(int maxBytes)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            await gzip.WriteAsync(new byte[16 * Megabyte], Cancel);
        packed.Position = 0;
        await using var stream = new CountingStream(new GZipStream(packed, CompressionMode.Decompress), Megabyte);

        await Assert.ThrowsAsync<BodyTooLargeException>(async () =>
            await BodyReader.ReadAsync(stream, declared: null, maxBytes, Cancel)
        );

        Assert.Equal(maxBytes + 1, stream.Taken);
        Assert.InRange(stream.LargestRoom, 1, Math.Max(1, maxBytes));
    }

    [Fact]
    public async Task Declared_length_is_not_believed_beyond_a_first_buffer()
    {
        await using var stream = new CountingStream(new MemoryStream(new byte[10]), 10);

        using var body = await BodyReader.ReadAsync(stream, declared: 1_000_000_000, 2_000_000_000, Cancel);

        Assert.Equal(10, body.Length);
        Assert.InRange(stream.LargestRoom, 1, Megabyte);
    }

    [Fact]
    public async Task Declared_length_is_all_that_is_read()
    {
        await using var stream = new CountingStream(new MemoryStream(new byte[5000]), 5000);

        using var body = await BodyReader.ReadAsync(stream, declared: 5000, 5000, Cancel);

        Assert.Equal(5000, body.Length);
        Assert.Equal(1, stream.Reads);
    }

    /// <summary>Counts what is asked of it and hands out at most a step at a time.</summary>
    private sealed class CountingStream(Stream inner, int step) : Stream
    {
        public long Taken { get; private set; }

        public int LargestRoom { get; private set; }

        public int Reads { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            Reads++;
            LargestRoom = Math.Max(LargestRoom, buffer.Length);
            var read = await inner.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
            Taken += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
