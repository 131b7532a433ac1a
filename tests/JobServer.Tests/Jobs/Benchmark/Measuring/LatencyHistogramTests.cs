using System.IO.Compression;
using HdrHistogram;
using HdrHistogram.Utilities;
using JobServer.Jobs.Benchmark.Measuring;

namespace JobServer.Tests.Jobs.Benchmark.Measuring;

public sealed class LatencyHistogramTests
{
    /// <summary>Three significant digits.</summary>
    private const double Precision = 1e-3;

    private static readonly double[] Percentiles = [0, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

    private readonly Random _random;
    private readonly string _seed;

    public LatencyHistogramTests()
    {
        var seed = Random.Shared.Next();
        _random = new Random(seed);
        _seed = $"seed {seed}";
        TestContext.Current.TestOutputHelper?.WriteLine(_seed);
    }

    public static TheoryData<string> Distributions => ["uniform", "exponential", "lognormal", "steps", "wide", "equal"];

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Percentiles_are_those_of_the_samples(string distribution)
    {
        foreach (var count in new[] { 1, 2, 3, 10, 19, 20, 36, 99, 100, 101, 999, 1000, 1001, 20_000 })
        {
            var samples = Samples(distribution, count);
            var histogram = Recorded(samples);
            Array.Sort(samples);

            foreach (var percentile in Percentiles)
            {
                var rank = Math.Max((int)decimal.Ceiling((decimal)percentile * count / 100), 1);
                Near(samples[rank - 1].TotalSeconds, histogram.ValueAt(percentile), $"p{percentile} of {count}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void What_was_encoded_is_read_back(string distribution)
    {
        var histogram = Recorded(Samples(distribution, 20_000));

        var read = LatencyHistogram.Decode(histogram.Encode());

        Assert.True(histogram.Recorded.SequenceEqual(read.Recorded), _seed);
        Assert.Equal(histogram.ToLatency(), read.ToLatency());
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void What_was_encoded_is_read_by_the_library_too(string distribution)
    {
        var histogram = Recorded(Samples(distribution, 20_000));

        using var packed = new MemoryStream(Convert.FromBase64String(histogram.Encode())[8..]);
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zlib.CopyTo(plain);
        var read = HistogramEncoding.DecodeFromByteBuffer(ByteBuffer.Allocate(plain.ToArray()), 0);

        Assert.True(
            histogram.Recorded.SequenceEqual(
                read.RecordedValues().Select(step => (step.ValueIteratedTo / 1e7, step.CountAddedInThisIterationStep))
            ),
            _seed
        );
    }

    /// <summary>From the least count that takes another byte to what a count can hold, and back to one.</summary>
    [Fact]
    public void Large_counts_are_read_back()
    {
        var histogram = Recorded([TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1)]);
        for (var doubling = 0; doubling < 61; doubling++)
        {
            histogram.Add(Recorded([TimeSpan.FromTicks(5000)]));
            histogram = LatencyHistogram.Decode(histogram.Encode());
            var twice = LatencyHistogram.Decode(histogram.Encode());
            Assert.True(histogram.Recorded.SequenceEqual(twice.Recorded));
            if (doubling < 60)
                histogram.Add(twice);
        }

        Assert.Equal((1L << 61) - 1, histogram.Recorded.ElementAt(1).Count);
    }

    [Fact]
    public void Figures_are_those_of_the_samples()
    {
        var samples = Samples("lognormal", 10_000);
        var mean = samples.Average(sample => sample.TotalSeconds);
        var variance = samples.Sum(sample => Math.Pow(sample.TotalSeconds - mean, 2)) / (samples.Length - 1);

        var histogram = Recorded(samples);

        Assert.Equal(samples.Length, histogram.Count);
        Near(mean, histogram.Mean, "mean");
        Near(Math.Sqrt(variance), histogram.StdDev, "standard deviation");
        var latency = histogram.ToLatency()!;
        Near(samples.Max().TotalSeconds, latency.Max, "max");
        Assert.Equal(
            [histogram.ValueAt(50), histogram.ValueAt(90), histogram.ValueAt(95), histogram.ValueAt(99)],
            [latency.P50, latency.P90, latency.P95, latency.P99]
        );
        Assert.Equal(histogram.ValueAt(99.9), latency.P999);
    }

    [Fact]
    public void Standard_deviation_is_that_of_a_sample()
    {
        var histogram = Recorded([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)]);

        Near(Math.Sqrt(2), histogram.StdDev, "standard deviation");
        Assert.Null(Recorded([TimeSpan.FromSeconds(1)]).StdDev);
    }

    [Fact]
    public void Histograms_add_up_to_that_of_all_samples()
    {
        var first = Samples("exponential", 5000);
        var second = Samples("wide", 5000);

        var sum = LatencyHistogram.Decode(Recorded(first).Encode());
        sum.Add(LatencyHistogram.Decode(Recorded(second).Encode()));

        Assert.True(Recorded([.. first, .. second]).Recorded.SequenceEqual(sum.Recorded), _seed);
        var fresh = new LatencyHistogram();
        fresh.Add(sum);
        Assert.Equal(10_000, fresh.Count);
    }

    [Fact]
    public void What_is_beyond_the_range_is_counted_at_its_ends()
    {
        var histogram = Recorded([TimeSpan.FromTicks(-5), TimeSpan.Zero, TimeSpan.FromDays(1), TimeSpan.MaxValue]);

        Assert.Equal(1e-7, histogram.ValueAt(0));
        Near(1200, histogram.ValueAt(100), "the longest");
        Assert.Equal(4, histogram.Count);
    }

    [Fact]
    public void Nothing_recorded_is_no_latency()
    {
        var empty = LatencyHistogram.Decode(new LatencyHistogram().Encode());

        Assert.Equal(0, empty.Count);
        Assert.Null(empty.ToLatency());
        Assert.Null(empty.ValueAt(50));
        Assert.Null(empty.Mean);
    }

    [Fact]
    public void Records_of_many_threads_are_all_counted()
    {
        const int EachThread = 100_000;
        var histogram = new LatencyHistogram();
        var threads = Enumerable
            .Range(1, 8)
            .Select(n => new Thread(() =>
            {
                for (var i = 0; i < EachThread; i++)
                    histogram.Record(TimeSpan.FromMilliseconds(n));
            }))
            .ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(8, histogram.Recorded.Count());
        Assert.All(histogram.Recorded, step => Assert.Equal(EachThread, step.Count));
        Assert.Equal(8 * EachThread, histogram.Count);
    }

    private static LatencyHistogram Recorded(IEnumerable<TimeSpan> samples)
    {
        var histogram = new LatencyHistogram();
        foreach (var sample in samples)
            histogram.Record(sample);
        return histogram;
    }

    private void Near(double expected, double? found, string what) =>
        Assert.True(
            found is { } value && Math.Abs(value - expected) <= expected * Precision,
            $"{_seed}: {what} is {found}, not {expected}"
        );

    private TimeSpan[] Samples(string distribution, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => TimeSpan.FromTicks(Math.Clamp(Ticks(distribution), 1, 12_000_000_000))),
        ];

    private long Ticks(string distribution) =>
        distribution switch
        {
            "uniform" => _random.NextInt64(1, 10_000_000),
            "exponential" => (long)(-Math.Log(1 - _random.NextDouble()) * 200_000),
            "lognormal" => (long)Math.Exp(12 + Normal()),
            "steps" => (_random.Next(3) + 1) * 10_000_000L,
            // All orders of magnitude: as many buckets as can be, and so the longest encoding.
            "wide" => _random.NextInt64(12_000_000_000) >> _random.Next(34),
            _ => 123_456,
        };

    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
