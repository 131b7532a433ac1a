using System.Text.Json;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Benchmark.Submitted;

/// <summary>The contenders of a submission, its member <c>strategies</c>.</summary>
internal sealed class Contenders
{
    private const int Max = 20;
    private const int MaxNameLength = 64;

    private Contenders(IReadOnlyList<StrategySettings> all) => All = all;

    public IReadOnlyList<StrategySettings> All { get; }

    /// <summary>How many of them call URLs.</summary>
    public int CountOfCalling => All.Count(contender => FamilyOf(contender) == Families.Io);

    public bool CallsUrls => CountOfCalling > 0;

    public static string FamilyOf(StrategySettings contender) => Families.Of(contender.Strategy);

    public static Contenders Read(Fields submission, BenchmarkOptions limits, Faults faults)
    {
        var concurrency = submission.Int("concurrency", 10, 1, limits.MaxConcurrency);
        submission.Require("strategies");
        var given = submission.List("strategies", Max);
        if (
            given.Count == 0
            && submission.TryGet("strategies", out var list)
            && list is { ValueKind: JsonValueKind.Array }
        )
            submission.Refuse("strategies", $"must name 1 to {Max} of: {string.Join(", ", StrategyTypes.Names)}");
        var all = new List<StrategySettings>();
        foreach (var (index, element) in given.Index())
        {
            var fields = new Fields(Spelt(element), $"strategies[{index}]", faults);
            if (ReadOne(fields, concurrency, limits) is not { } contender)
                continue;
            if (all.Any(other => other.Name == contender.Name))
                submission.Refuse(
                    $"strategies[{index}]",
                    $"is called '{contender.Name}' like an earlier one; give it a name of its own"
                );
            else
                all.Add(contender);
        }

        return new Contenders(all);
    }

    /// <summary>The baseline of each family: the one named, else the sequential one, else the first.</summary>
    public IReadOnlyDictionary<string, string> ReadBaselines(Fields submission)
    {
        submission.Object("baselines", out var fields);
        var baselines = new Dictionary<string, string>();
        foreach (var family in Families.All)
        {
            string[] names = [.. All.Where(contender => FamilyOf(contender) == family).Select(c => c.Name)];
            var named = fields.OptionalText(family, 1, MaxNameLength);
            if (named is not null && !names.Contains(named))
                fields.Refuse(
                    family,
                    names.Length == 0
                        ? "is a family that no strategy of this benchmark belongs to"
                        : $"must be one of: {string.Join(", ", names)}"
                );
            var sequential = All.FirstOrDefault(c => c.Strategy == $"{family}-sequential")?.Name;
            if ((named ?? sequential ?? names.FirstOrDefault()) is { } baseline)
                baselines.Add(family, baseline);
        }

        fields.Done();
        return baselines;
    }

    /// <summary>A bare name is short for an object that has nothing else.</summary>
    private static JsonElement Spelt(JsonElement element) =>
        element.ValueKind == JsonValueKind.String
            ? JsonElement.Parse($$"""{"strategy":{{element.GetRawText()}}}""")
            : element;

    private static StrategySettings? ReadOne(Fields fields, int concurrency, BenchmarkOptions limits)
    {
        var type = fields.Text("strategy", 1, MaxNameLength);
        var strategy = StrategyTypes.Find(type);
        if (type.Length > 0 && strategy is null)
            fields.Refuse("strategy", $"must be one of: {string.Join(", ", StrategyTypes.Names)}");
        var name = fields.OptionalText("name", 1, MaxNameLength) ?? type;
        if (name.Any(char.IsControl))
            fields.Refuse("name", "must not hold control characters");
        var own = fields.OptionalInt("concurrency", 1, limits.MaxConcurrency);
        fields.Done();
        if (strategy is null)
            return null;
        if (strategy.HasConcurrency)
        {
            // More threads than cores make nothing faster; calls and delays only wait.
            var common = strategy.Family == Families.Cpu ? Environment.ProcessorCount : concurrency;
            return new StrategySettings(name, type, own ?? common);
        }

        if (own is not null)
            fields.Refuse("concurrency", $"is not for {type}, which has none to choose; leave it out");
        return new StrategySettings(name, type, Concurrency: 1);
    }
}
