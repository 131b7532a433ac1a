using System.Text.Json;
using System.Text.Json.Nodes;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Writes settings as a submission that asks for the same again, without what its strategies have no use for.</summary>
internal static class SubmissionText
{
    public static JsonElement Of(BenchmarkSettings settings, IReadOnlyList<string> tags)
    {
        var families = settings.Strategies.Select(strategy => Families.Of(strategy.Strategy)).ToHashSet();
        var submission = new JsonObject { ["strategies"] = List(settings.Strategies.Select(Strategy)) };
        if (families.Contains(Families.Io))
        {
            submission["urls"] = List(settings.Urls.Select(url => JsonValue.Create(url)));
            submission["load"] = Load(settings.Load);
            submission["check"] = settings.Check == AnswerCheck.Body ? "body" : "status";
        }

        if (families.Contains(Families.Cpu))
            submission["numbers"] = settings.Numbers;
        if (families.Contains(Families.Delay))
        {
            submission["delays"] = settings.Delays;
            submission["delay"] = Durations.Format(settings.Delay);
        }

        submission["rounds"] = settings.Rounds;
        submission["warmup"] = settings.Warmup;
        submission["baselines"] = new JsonObject(
            Families.All.Where(families.Contains).Select(family => Member(family, settings.Baselines[family]))
        );
        submission["tolerancePercent"] = settings.TolerancePercent;
        submission["seed"] = settings.Seed;
        if (settings.Thresholds.Count > 0)
            submission["thresholds"] = List(settings.Thresholds.Select(Threshold));
        submission["options"] = Options(settings, families.Contains(Families.Io));
        if (tags.Count > 0)
            submission["tags"] = List(tags.Select(tag => JsonValue.Create(tag)));
        return JsonSerializer.SerializeToElement(submission);
    }

    private static JsonNode Strategy(StrategySettings strategy)
    {
        var hasConcurrency = StrategyTypes.Find(strategy.Strategy) is not { HasConcurrency: false };
        if (strategy.Name == strategy.Strategy && !hasConcurrency)
            return strategy.Strategy;
        var members = new JsonObject { ["strategy"] = strategy.Strategy, ["name"] = strategy.Name };
        if (hasConcurrency)
            members["concurrency"] = strategy.Concurrency;
        return members;
    }

    private static JsonObject Load(LoadSettings load)
    {
        var members = new JsonObject { ["model"] = load.Model == LoadModel.Open ? "open" : "closed" };
        if (load.Rate is { } rate)
            members["rate"] = rate;
        if (load.Requests is { } requests)
            members["requests"] = requests;
        if (load.Duration is { } duration)
            members["duration"] = Durations.Format(duration);
        return members;
    }

    private static JsonObject Threshold(ThresholdSettings threshold)
    {
        var members = new JsonObject { ["metric"] = threshold.Metric, ["strategy"] = threshold.Strategy };
        var isDuration = Metrics.Find(threshold.Metric)!.IsDuration;
        foreach (var (name, bound) in new[] { ("min", threshold.Min), ("max", threshold.Max) })
        {
            if (bound is { } value)
                members[name] = isDuration ? Durations.Format(TimeSpan.FromSeconds(value)) : value;
        }

        return members;
    }

    private static JsonObject Options(BenchmarkSettings settings, bool hasCalls)
    {
        var members = new JsonObject();
        if (hasCalls)
        {
            members["itemTimeout"] = Durations.Format(settings.ItemTimeout);
            members["maxBodyBytes"] = settings.MaxBodyBytes;
        }

        members["jobTimeout"] = Durations.Format(settings.JobTimeout);
        return members;
    }

    private static JsonArray List(IEnumerable<JsonNode?> elements) => new([.. elements]);

    private static KeyValuePair<string, JsonNode?> Member(string name, string value) => new(name, value);
}
