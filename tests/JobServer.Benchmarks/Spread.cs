namespace JobServer.Benchmarks;

/// <summary>Median, least and greatest of some values; with five rounds nothing finer would be honest.</summary>
internal sealed record Spread(double Median, double Min, double Max, int Runs)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new ArgumentException("At least one value is needed.", nameof(values));
        }

        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1], sorted.Length);
    }

    /// <summary>The spread of a/b, taken round by round: only runs of one round saw the same machine.</summary>
    public static Spread OfRatio(Series a, Series b) => Of(a.Values.Zip(b.Values, (x, y) => x / y));
}
