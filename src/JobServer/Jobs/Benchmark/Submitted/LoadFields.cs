using JobServer.Jobs.Input;

namespace JobServer.Jobs.Benchmark.Submitted;

/// <summary>The member <c>load</c>.</summary>
internal static class LoadFields
{
    private static readonly TimeSpan MinDuration = TimeSpan.FromMilliseconds(10);

    /// <param name="urls">How many there are: a round calls each once when it does not say.</param>
    /// <param name="callingRounds">Rounds of all contenders that call, those of the warm-up included.</param>
    public static LoadSettings Read(Fields submission, int urls, int callingRounds, BenchmarkOptions limits)
    {
        submission.Object("load", out var load);
        var isOpen = load.Choice("model", "closed", "closed", "open") == "open";
        var rate = load.OptionalNumber("rate", 0.1, 100_000);
        var requests = load.OptionalInt("requests", 1, limits.MaxRequests);
        var duration = load.OptionalDuration("duration", MinDuration, limits.MaxDuration);
        load.Done();
        if (isOpen && rate is null && !load.TryGet("rate", out _))
            load.Refuse("rate", "is required by the open model: calls due per second");
        if (!isOpen && load.TryGet("rate", out _))
            load.Refuse("rate", "belongs to the open model; leave it out, or set model to open");
        if (requests is not null && duration is not null)
            load.Refuse("duration", "and requests both end a round; give one of them");
        if (requests is null && duration is null)
            requests = Math.Max(urls, 1);

        var share = callingRounds == 0 ? limits.MaxRequests : limits.MaxRequests / callingRounds;
        if (requests > share || share == 0)
            load.Refuse(
                "requests",
                $"would make this job call {(long)(requests ?? 1) * callingRounds} times, warm-up included; a job calls "
                    + $"{limits.MaxRequests} times at most ({BenchmarkOptions.Section}:{nameof(limits.MaxRequests)})"
            );
        return new LoadSettings
        {
            Model = isOpen ? LoadModel.Open : LoadModel.Closed,
            Rate = rate,
            Requests = requests,
            Duration = duration,
            MaxRequests = requests ?? share,
        };
    }
}
