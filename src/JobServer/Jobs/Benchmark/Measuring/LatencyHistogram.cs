using System.Buffers.Binary;
using System.IO.Compression;
using HdrHistogram;
using HdrHistogram.Encoding;
using HdrHistogram.Utilities;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>
/// Durations from 100 ns to 20 min with three significant digits; what is shorter or longer is counted there. Records
/// from many threads at once; all else is for when no one records any more. Seconds come out.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Digits = 3;

    /// <summary>Compressed V2 of HdrHistogram's format: this, the length of what follows, and zlib of the plain V2.</summary>
    private const int CompressedCookie = 0x1c849304 | 0x10;

    /// <summary>Bytes of a plain V2 before its counts: cookie, length, offset, digits, range and ratio.</summary>
    private const int PlainHeader = 40;

    private static readonly long Longest = TimeSpan.FromMinutes(20).Ticks;

    private readonly HistogramBase _counts;

    public LatencyHistogram()
        : this(new LongConcurrentHistogram(1, Longest, Digits)) { }

    private LatencyHistogram(HistogramBase counts) => _counts = counts;

    public long Count => _counts.TotalCount;

    /// <summary>Null while there is none.</summary>
    public double? Mean => Count == 0 ? null : Seconds(_counts.GetMean());

    /// <summary>Of the sample; null with fewer than two.</summary>
    public double? StdDev => Count < 2 ? null : Seconds(_counts.GetStdDeviation() * Math.Sqrt(Count / (Count - 1.0)));

    /// <summary>Durations and how often each came, rising; equal up to the precision counts as the same.</summary>
    public IEnumerable<(double Seconds, long Count)> Recorded =>
        _counts.RecordedValues().Select(step => (Seconds(step.ValueIteratedTo), step.CountAddedInThisIterationStep));

    public void Record(TimeSpan duration) => _counts.RecordValue(Math.Clamp(duration.Ticks, 1, Longest));

    /// <summary>Counts what the other one has counted.</summary>
    public void Add(LatencyHistogram other) => _counts.Add(other._counts);

    /// <summary>The nearest rank: the least duration that so many percent do not exceed. Null while there is none.</summary>
    /// <param name="percentile">0 (the least) to 100 (the most).</param>
    public double? ValueAt(double percentile)
    {
        if (Count == 0)
            return null;

        // Decimal, or 99.9 % of 1000 would be a little more than 999. The library rounds what it makes of a percentile to
        // the nearest rank, up or down; asked for the share of a rank it finds that one.
        var rank = Math.Max(decimal.Ceiling((decimal)percentile * Count / 100), 1);
        return Seconds(_counts.GetValueAtPercentile((double)(rank * 100 / Count)));
    }

    /// <summary>As it stands in a round; null while there is nothing.</summary>
    public RoundLatency? ToLatency() =>
        Count == 0
            ? null
            : new RoundLatency(
                Encode(),
                Count,
                Mean!.Value,
                ValueAt(50)!.Value,
                ValueAt(90)!.Value,
                ValueAt(95)!.Value,
                ValueAt(99)!.Value,
                ValueAt(99.9)!.Value,
                ValueAt(100)!.Value
            );

    /// <summary>Compressed V2 in Base64, as every HdrHistogram reads it.</summary>
    // Not the library's own compressing: that leaves the checksum out, and reads back no more than one piece.
    public string Encode()
    {
        var plain = ByteBuffer.Allocate(_counts.GetNeededByteBufferCapacity());
        var length = _counts.Encode(plain, HistogramEncoderV2.Instance);
        using var packed = new MemoryStream();
        packed.Write(new byte[2 * sizeof(int)]);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            plain.Position = 0;
            while (plain.Position < length)
                zlib.WriteByte(plain.Get());
        }

        var bytes = packed.GetBuffer().AsSpan(0, (int)packed.Length);
        BinaryPrimitives.WriteInt32BigEndian(bytes, CompressedCookie);
        BinaryPrimitives.WriteInt32BigEndian(bytes[sizeof(int)..], bytes.Length - (2 * sizeof(int)));
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Counts what <see cref="Encode"/> wrote.</summary>
    // Not the library's own decoding: that makes a histogram of a quarter of a megabyte for each, to be added up and dropped.
    public void Add(string encoded)
    {
        var bytes = Convert.FromBase64String(encoded);
        using var packed = new MemoryStream(bytes, 2 * sizeof(int), bytes.Length - (2 * sizeof(int)));
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zlib.CopyTo(plain);
        var counts = plain.GetBuffer().AsSpan(PlainHeader, (int)plain.Length - PlainHeader);
        // Counts of all steps in their order, runs of zeros as their negative length.
        for (var step = 0L; !counts.IsEmpty; )
        {
            var count = ReadNumber(ref counts);
            if (count > 0)
                _counts.RecordValueWithCount(LeastOf(step), count);
            step += Math.Max(1, -count);
        }
    }

    /// <summary>Reads back what <see cref="Encode"/> wrote.</summary>
    public static LatencyHistogram Decode(string encoded)
    {
        var histogram = new LatencyHistogram();
        histogram.Add(encoded);
        return histogram;
    }

    /// <summary>The least duration that is counted at a step: 2048 steps of one tick, then 1024 steps for each doubling.</summary>
    private static long LeastOf(long step)
    {
        const int HalfBits = 10;
        var doublings = Math.Max((step >> HalfBits) - 1, 0);
        return (step - (doublings << HalfBits)) << (int)doublings;
    }

    /// <summary>Seven bits a byte, the lowest first; at most nine bytes, of which the last has eight. The sign is the lowest bit.</summary>
    private static long ReadNumber(ref Span<byte> from)
    {
        var (bits, at) = (0UL, 0);
        for (; at < 8; at++)
        {
            bits |= (ulong)(from[at] & 0x7f) << (7 * at);
            if (from[at] < 0x80)
                break;
        }

        if (at == 8)
            bits |= (ulong)from[at] << 56;
        from = from[(at + 1)..];
        return (long)(bits >> 1) ^ -(long)(bits & 1);
    }

    private static double Seconds(double ticks) => ticks / TimeSpan.TicksPerSecond;
}
