using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>What came of a threshold, and the same in a sentence.</summary>
/// <param name="Value">Of the metric; null while there is none, which is not within any bound.</param>
internal sealed record ThresholdCheck(double? Value, bool Passed, string Sentence)
{
    /// <summary>Judges what the contender did; a bound itself is still within.</summary>
    public static ThresholdCheck Of(ThresholdSettings threshold, StrategyReport strategy)
    {
        var metric = Metrics.Find(threshold.Metric)!;
        var what = $"{threshold.Metric} of {threshold.Strategy}";
        if (metric.Of(strategy) is not { } value)
            return new ThresholdCheck(null, false, $"{what} has no value: {WhyNone(strategy)}.");

        string?[] bounds =
        [
            threshold.Min is { } min ? $"at least {Digits(min)}{metric.Unit}" : null,
            threshold.Max is { } max ? $"at most {Digits(max)}{metric.Unit}" : null,
        ];
        var asked = string.Join(" and ", bounds.OfType<string>());
        var passed = !(value < threshold.Min) && !(value > threshold.Max);
        // Shortened, a value a little beyond its bound would read as if it were the bound.
        var text = Explanation.Number(value);
        if (text == Digits(threshold.Min) || text == Digits(threshold.Max))
            text = Digits(value);
        return new ThresholdCheck(value, passed, $"{what} was {text}{metric.Unit}; {asked} was asked for.");
    }

    /// <summary>All of them.</summary>
    /// <param name="isFinal">Whether every round is recorded; until then none is passed and none is not.</param>
    public static IEnumerable<ThresholdReport> Of(
        IReadOnlyList<ThresholdSettings> thresholds,
        IReadOnlyList<FamilyReport> families,
        bool isFinal
    )
    {
        var strategies = families.SelectMany(family => family.Strategies).ToDictionary(strategy => strategy.Name);
        foreach (var threshold in thresholds)
        {
            var check = Of(threshold, strategies[threshold.Strategy]);
            yield return new ThresholdReport(
                threshold.Metric,
                threshold.Strategy,
                threshold.Min,
                threshold.Max,
                check.Value,
                isFinal ? check.Passed : null
            );
        }
    }

    private static string WhyNone(StrategyReport strategy) =>
        strategy.Rounds == 0
            ? "none of its rounds counts"
            : "no round of it counts together with one of the baseline's, or it is the baseline";

    private static string? Digits(double? value) => value?.ToString("0.###############");
}
