using System.Text.Json;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;

namespace JobServer.Jobs.Benchmark.Submitted;

/// <summary>A submission of a benchmark job, read whole.</summary>
internal sealed record BenchmarkSubmission(BenchmarkSettings Settings, SubmissionEnvelope Envelope)
{
    /// <summary>Bytes of a body.</summary>
    public const long MaxBytes = 4 << 20;

    private const int MaxItems = 20_000;

    /// <summary>Reads a body. Whatever it holds becomes a fault; null when there are any.</summary>
    public static BenchmarkSubmission? Read(
        JsonElement body,
        BenchmarkHosts hosts,
        BenchmarkOptions limits,
        TimeProvider time,
        Faults faults
    )
    {
        var fields = new Fields(body, "", faults);
        var defaults = new BenchmarkSettings
        {
            Strategies = [],
            Baselines = new Dictionary<string, string>(),
            Seed = 0,
            JobTimeout = limits.MaxDuration,
        };
        var contenders = Contenders.Read(fields, limits, faults);
        var rounds = fields.Int("rounds", defaults.Rounds, 1, 1000);
        var warmup = fields.Int("warmup", defaults.Warmup, 0, 100);
        var urls = BenchmarkUrls.Read(fields, contenders.CallsUrls, hosts);
        fields.Object("options", out var options);
        var settings = new BenchmarkSettings
        {
            Strategies = contenders.All,
            Urls = urls,
            Load = LoadFields.Read(fields, urls.Length, contenders.CountOfCalling * (rounds + warmup), limits),
            Check = fields.Choice("check", "body", "body", "status") == "body" ? AnswerCheck.Body : AnswerCheck.Status,
            Numbers = fields.Int("numbers", defaults.Numbers, 1, 100_000),
            Delays = fields.Int("delays", defaults.Delays, 1, 100_000),
            Delay = fields.Duration("delay", defaults.Delay, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10)),
            Rounds = rounds,
            Warmup = warmup,
            Baselines = contenders.ReadBaselines(fields),
            TolerancePercent = fields.Number("tolerancePercent", defaults.TolerancePercent, 0.1, 100),
            Thresholds = ThresholdFields.Read(fields, contenders),
            Seed = fields.OptionalInt("seed", 0, int.MaxValue) ?? NewSeed(),
            ItemTimeout = options.Duration(
                "itemTimeout",
                defaults.ItemTimeout,
                TimeSpan.FromMilliseconds(100),
                TimeSpan.FromMinutes(10)
            ),
            MaxBodyBytes = options.Int("maxBodyBytes", defaults.MaxBodyBytes, 1, 64 << 20),
            JobTimeout = options.Duration(
                "jobTimeout",
                defaults.JobTimeout,
                TimeSpan.FromSeconds(1),
                limits.MaxDuration
            ),
        };
        options.Done();
        if (settings.Rounds * settings.Strategies.Count > MaxItems)
            fields.Refuse("rounds", $"times the number of strategies must be at most {MaxItems}");
        var least = LeastTime.Of(settings);
        if (least > settings.JobTimeout)
            options.Refuse(
                "jobTimeout",
                $"is shorter than this benchmark takes at the very least, {Durations.Format(least)}; it may be up to "
                    + $"{Durations.Format(limits.MaxDuration)} ({BenchmarkOptions.Section}:{nameof(limits.MaxDuration)})"
            );
        var envelope = SubmissionEnvelope.Read(fields, time);
        fields.Done();
        return faults.Any ? null : new BenchmarkSubmission(settings, envelope);
    }

#pragma warning disable CA5394 // An order to be repeated, not a secret.
    private static int NewSeed() => Random.Shared.Next();
#pragma warning restore CA5394
}
