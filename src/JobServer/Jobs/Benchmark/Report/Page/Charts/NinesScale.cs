namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>
/// The axis of percentiles, on which each further nine takes the same room, as in the charts of HdrHistogram: it shows
/// the slow ends of latencies, which is where strategies differ.
/// </summary>
/// <param name="MostCount">Of the samples of one contender; the axis ends where one of so many stands alone.</param>
internal sealed record NinesScale(long MostCount, double From, double To)
{
    private static readonly double[] Labelled = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999, 99.99999];

    // At least up to the 90th, so that few samples make an axis too.
    private double Nines => Math.Max(1, Math.Log10(Math.Max(MostCount, 1)));

    /// <summary>The pixel of a percentile among so many samples. The maximum, at 100, is the last one of them.</summary>
    public double Of(double percentile, long count)
    {
        var last = Math.Log10(Math.Max(count, 1));
        var nines = percentile >= 100 ? last : Math.Min(last, -Math.Log10(1 - Math.Max(percentile, 0) / 100));
        return From + Math.Min(nines / Nines, 1) * (To - From);
    }

    /// <summary>The percentiles to label, rising.</summary>
    public IReadOnlyList<double> Ticks => [.. Labelled.Where(tick => -Math.Log10(1 - tick / 100) <= Nines + 1e-9)];

    /// <summary>The pixel of one of <see cref="Ticks"/>.</summary>
    public double OfTick(double percentile) => Of(percentile, long.MaxValue);
}
