using JobServer.Jobs.Benchmark.Strategies.Cpu;

namespace JobServer.Tests.Jobs.Benchmark.Strategies;

public sealed class CpuSliceTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 8)]
    [InlineData(3, 7)]
    [InlineData(7, 3)]
    [InlineData(10_000, 2)]
    [InlineData(10_000, 64)]
    [InlineData(100_000, 1000)]
    public void Slices_hold_each_number_once_and_cost_the_same(int numbers, int parts)
    {
        var slices = CpuSlice.Cut(numbers, parts);

        Assert.Equal(parts, slices.Length);
        var all = slices.SelectMany(slice => Enumerable.Range(slice.First, slice.Last - slice.First + 1));
        Assert.True(all.SequenceEqual(Enumerable.Range(1, numbers)));
        var fair = (double)numbers * (numbers + 1) / 2 / parts;
        Assert.All(slices, slice => Assert.InRange(Cost(slice), fair - numbers, fair + numbers));
    }

    /// <summary>Number n costs n steps.</summary>
    private static double Cost(CpuSlice slice) =>
        (slice.First + (double)slice.Last) * (slice.Last - slice.First + 1) / 2;
}
