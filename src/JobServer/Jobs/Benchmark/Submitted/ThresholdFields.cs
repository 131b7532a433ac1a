using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Benchmark.Submitted;

/// <summary>The member <c>thresholds</c>: each for one contender, or for all that have the metric.</summary>
internal static class ThresholdFields
{
    private const int Max = 50;
    private static readonly TimeSpan MaxBound = TimeSpan.FromDays(1);

    public static IReadOnlyList<ThresholdSettings> Read(Fields submission, Contenders contenders)
    {
        var all = new List<ThresholdSettings>();
        foreach (var fields in submission.Objects("thresholds", Max))
            all.AddRange(ReadOne(fields, contenders));
        return all;
    }

    private static IEnumerable<ThresholdSettings> ReadOne(Fields fields, Contenders contenders)
    {
        var name = fields.Text("metric", 1, 64);
        var metric = Metrics.Find(name);
        if (name.Length > 0 && metric is null)
            fields.Refuse("metric", $"must be one of: {string.Join(", ", Metrics.Names)}");
        var strategy = fields.OptionalText("strategy", 1, 64);
        var named = contenders.All.Where(contender => strategy is null || contender.Name == strategy).ToList();
        if (strategy is not null && named.Count == 0)
            fields.Refuse("strategy", $"must be one of: {string.Join(", ", contenders.All.Select(c => c.Name))}");
        var isDuration = metric?.IsDuration ?? false;
        var min = Bound(fields, "min", isDuration);
        var max = Bound(fields, "max", isDuration);
        if (!fields.TryGet("min", out _) && !fields.TryGet("max", out _))
            fields.Refuse("max", "or min is required");
        else if (min > max)
            fields.Refuse("min", "must not be above max");
        fields.Done();
        if (metric is null)
            yield break;
        var fitting = named.Where(contender => !metric.NeedsLatency || Contenders.FamilyOf(contender) != Families.Cpu);
        var found = false;
        foreach (var contender in fitting)
        {
            found = true;
            yield return new ThresholdSettings(name, contender.Name, min, max);
        }

        if (!found && named.Count > 0)
            fields.Refuse("metric", "is of calls and delays, which computing strategies do not have; use wall");
    }

    private static double? Bound(Fields fields, string name, bool isDuration) =>
        isDuration
            ? fields.OptionalDuration(name, TimeSpan.Zero, MaxBound)?.TotalSeconds
            : fields.OptionalNumber(name, 0, 1e12);
}
