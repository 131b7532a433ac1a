namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>Moves labels apart that would cover each other.</summary>
internal static class Spread
{
    /// <summary>
    /// Places as near as may be to the ones wanted, in the same order, at least <paramref name="gap"/> apart and between
    /// the two ends; evenly over them where there is not that much room.
    /// </summary>
    public static double[] Apart(IReadOnlyList<double> wanted, double gap, double top, double bottom)
    {
        if (wanted.Count == 0)
            return [];
        gap = Math.Min(gap, wanted.Count > 1 ? (bottom - top) / (wanted.Count - 1) : gap);
        var order = Enumerable.Range(0, wanted.Count).OrderBy(index => wanted[index]).ToArray();
        var places = new double[wanted.Count];
        for (var i = 0; i < order.Length; i++)
        {
            var above = i == 0 ? top : places[order[i - 1]] + gap;
            places[order[i]] = Math.Max(wanted[order[i]], above);
        }

        // What went past the end pushes back.
        var below = bottom;
        foreach (var index in order.Reverse())
        {
            places[index] = Math.Min(places[index], below);
            below = places[index] - gap;
        }

        return places;
    }
}
