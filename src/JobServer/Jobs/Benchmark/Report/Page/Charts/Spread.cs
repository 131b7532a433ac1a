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
        var places = new double[wanted.Count];
        if (wanted.Count == 0)
            return places;
        gap = Math.Min(gap, (bottom - top) / Math.Max(wanted.Count - 1, 1));
        var order = Enumerable.Range(0, wanted.Count).OrderBy(index => wanted[index]).ToArray();
        // Less the gaps above it, each place has to be no less than the one before: labels that would push each other
        // become a group around the mean of what they want.
        var groups = new Stack<(double Sum, int Count)>();
        for (var i = 0; i < order.Length; i++)
        {
            var group = (Sum: wanted[order[i]] - i * gap, Count: 1);
            while (groups.TryPeek(out var above) && above.Sum / above.Count >= group.Sum / group.Count)
            {
                groups.Pop();
                group = (group.Sum + above.Sum, group.Count + above.Count);
            }

            groups.Push(group);
        }

        var last = bottom - (order.Length - 1) * gap;
        var fitted = groups.Reverse().SelectMany(group => Enumerable.Repeat(group.Sum / group.Count, group.Count));
        foreach (var (i, place) in fitted.Index())
            places[order[i]] = Math.Clamp(place, top, Math.Max(top, last)) + i * gap;
        return places;
    }
}
