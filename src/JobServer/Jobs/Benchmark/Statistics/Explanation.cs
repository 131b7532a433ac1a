using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Jobs.Benchmark.Statistics;

/// <summary>Puts a verdict into a sentence. What is 5 % slower takes 5 % longer: the tolerance is the same both ways.</summary>
internal static class Explanation
{
    /// <summary>From this factor on a difference is said in times and no more in percent.</summary>
    private const double InTimes = 1.5;

    /// <param name="than">What it was compared with, such as <c>io-async</c>.</param>
    /// <param name="by">What was compared, where that is not the time for the same work; else null.</param>
    public static string Of(RatioReport ratio, string than, double tolerancePercent, string? by = null)
    {
        var words = Words(ratio, than, tolerancePercent);
        return by is null ? $"{char.ToUpperInvariant(words[0])}{words[1..]}" : $"By {by}: {words}";
    }

    /// <summary>Where there are too few for an interval.</summary>
    /// <param name="what">Such as <c>pair of rounds</c>.</param>
    /// <param name="many">Such as <c>pairs of rounds</c>.</param>
    public static string TooFew(int count, string what, string many)
    {
        var counting = count switch
        {
            0 => $"No {what} counts",
            1 => $"1 {what} counts",
            _ => $"{count} {many} count",
        };
        return $"{counting}; {MedianInterval.FewestValues} is the fewest that can tell.";
    }

    /// <summary>A number of at most three significant digits, or all of those before the point.</summary>
    public static string Number(double value)
    {
        var digitsBefore = value == 0 ? 1 : (int)Math.Floor(Math.Log10(Math.Abs(value))) + 1;
        return Math.Round(value, Math.Clamp(3 - digitsBefore, 0, 15)).ToString("0.###############");
    }

    private static string Words(RatioReport ratio, string than, double tolerancePercent) =>
        Verdict.Of(ratio, tolerancePercent) switch
        {
            Verdict.Faster when ratio.Value >= InTimes =>
                $"{Number(ratio.Value)} times as fast as {than} ({Number(ratio.Low)} to {Number(ratio.High)}).",
            Verdict.Faster =>
                $"{Faster(ratio.Value)} faster than {than} ({Faster(ratio.Low)} to {Faster(ratio.High)}).",
            Verdict.Slower when ratio.Value <= 1 / InTimes =>
                $"takes {Number(1 / ratio.Value)} times as long as {than} ({Number(1 / ratio.High)} to {Number(1 / ratio.Low)}).",
            Verdict.Slower =>
                $"takes {Slower(ratio.Value)} longer than {than} ({Slower(ratio.High)} to {Slower(ratio.Low)}).",
            Verdict.Same => $"{Span(ratio, than)}: within the tolerance of {Number(tolerancePercent)} %.",
            _ => $"{Span(ratio, than)}: more rounds would tell whether that is more than {Number(tolerancePercent)} %.",
        };

    private static string Span(RatioReport ratio, string than)
    {
        var (low, high) = (ratio.Low, ratio.High);
        if (low < 1 / InTimes || high > InTimes)
            return $"between {Number(low)} and {Number(high)} times as fast as {than}";
        if (high < 1)
            return $"takes between {Slower(high)} and {Slower(low)} longer than {than}";
        return low > 1
            ? $"between {Faster(low)} and {Faster(high)} faster than {than}"
            : $"between {Slower(low)} slower and {Faster(high)} faster than {than}";
    }

    private static string Faster(double ratio) => Percent(ratio - 1);

    private static string Slower(double ratio) => Percent((1 / ratio) - 1);

    private static string Percent(double share) =>
        $"{(share * 100).ToString(Math.Abs(share) < 0.0995 ? "0.#" : "0")} %";
}
