namespace JobServer.Jobs.Benchmark.Report.Page.Charts;

/// <summary>One axis: values between two ends, and the pixels they fall on. What lies beyond an end is drawn at it.</summary>
/// <param name="From">Pixel of <paramref name="Min"/>.</param>
/// <param name="To">Pixel of <paramref name="Max"/>; less than <paramref name="From"/> where the axis points up.</param>
/// <param name="IsLog">Equal factors take equal room; both ends are above 0 then.</param>
internal sealed record Scale(double Min, double Max, double From, double To, bool IsLog)
{
    // Beyond this the smaller values of a straight axis can no longer be told apart.
    private const double WidestStraight = 5;

    /// <summary>Room left between the outermost values and the ends, as a share of the axis.</summary>
    private const double Margin = 0.05;

    /// <summary>Holds all finite values, and by powers where they span more than a factor of 5.</summary>
    public static Scale Covering(IEnumerable<double> values, double from, double to)
    {
        var finite = values.Where(double.IsFinite).ToArray();
        if (finite.Length == 0)
            return new Scale(0, 1, from, to, IsLog: false);
        var positive = finite.Where(value => value > 0).ToArray();
        if (positive.Length > 0 && positive.Max() / positive.Min() > WidestStraight)
        {
            var factor = Math.Pow(positive.Max() / positive.Min(), Margin);
            return new Scale(positive.Min() / factor, positive.Max() * factor, from, to, IsLog: true);
        }

        var (low, high) = (finite.Min(), finite.Max());
        // All equal: an axis still needs two ends.
        var room = high > low ? (high - low) * Margin : Math.Max(Math.Abs(high) * Margin, double.Epsilon * 1e9);
        return new Scale(low - room, high + room, from, to, IsLog: false);
    }

    /// <summary>The pixel of a value.</summary>
    public double Of(double value)
    {
        var inside = Math.Clamp(double.IsFinite(value) ? value : Max, Min, Max);
        var share = IsLog ? Math.Log(inside / Min) / Math.Log(Max / Min) : (inside - Min) / (Max - Min);
        return From + share * (To - From);
    }

    /// <summary>Round values to label, rising; about <paramref name="most"/> of them at most, and two where there are two.</summary>
    public IReadOnlyList<double> Ticks(int most) => IsLog ? LogTicks(most) : StraightTicks(most);

    private List<double> StraightTicks(int most)
    {
        var step = RoundUp((Max - Min) / most);
        var ticks = new List<double>();
        for (var n = Math.Ceiling(Min / step - 1e-9); n * step <= Max + step * 1e-9; n++)
            ticks.Add(n * step + 0.0); // No zero with a sign.
        return ticks;
    }

    private double[] LogTicks(int most)
    {
        double[][] mantissas =
        [
            [1, 2, 3, 5, 7],
            [1, 2, 5],
            [1, 3],
            [1],
        ];
        var candidates = mantissas.Select(within => Powers(within, every: 1));
        var sparser = Enumerable.Range(2, 30).Select(every => Powers([1], every));
        return candidates.Concat(sparser).First(ticks => ticks.Length <= most);
    }

    private double[] Powers(double[] mantissas, int every)
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(Min)), (int)Math.Ceiling(Math.Log10(Max)));
        return
        [
            .. Enumerable
                .Range(first, last - first + 1)
                .Where(power => power % every == 0)
                .SelectMany(power => mantissas.Select(mantissa => mantissa * Math.Pow(10, power)))
                .Where(tick => tick >= Min * (1 - 1e-9) && tick <= Max * (1 + 1e-9)),
        ];
    }

    // To 1, 2 or 5 times a power of ten.
    private static double RoundUp(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return (step / power) switch
        {
            <= 1.000001 => power,
            <= 2.000001 => 2 * power,
            <= 5.000001 => 5 * power,
            _ => 10 * power,
        };
    }
}
