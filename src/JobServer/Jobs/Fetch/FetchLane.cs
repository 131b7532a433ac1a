using JobServer.Outbound;
using Polly;
using Polly.Retry;

namespace JobServer.Jobs.Fetch;

/// <summary>One lane's share of a fetch job: its slots, its hosts' slots, and the pipeline of items that are tried again.</summary>
internal sealed class FetchLane : IItemHandler
{
    public FetchLane(FetchSettings settings, int lane, int lanes, FetchServices services)
    {
        Settings = settings;
        Services = services;
        var share = Share(settings.Concurrency, lane, lanes);
        var hostShare = Share(settings.PerHostConcurrency, lane, lanes);
        Slots = new CallSlots(share, hostShare);
        MaxWaiting = Math.Clamp(share * 10, 100, 2000);
        // Items that wait for one slow host must not keep the others' from being taken up.
        Runners = Slots.LimitsHosts ? MaxWaiting : share;
        Retry = BuildRetry(settings.Retry, services.Time);
    }

    public int Runners { get; }

    public int MaxWaiting { get; }

    public FetchSettings Settings { get; }

    public FetchServices Services { get; }

    public CallSlots Slots { get; }

    public ResiliencePipeline<FetchOutcome> Retry { get; }

    public IChunkItems OpenChunk(ReadOnlyMemory<byte> input) => new FetchChunk(this, FetchItem.Parse(input));

    private static int Share(int limit, int lane, int lanes) => limit / lanes + (lane < limit % lanes ? 1 : 0);

    /// <summary>
    /// Attempts outside, deferrals inside: what is put off has not cost an attempt when it comes back.
    /// </summary>
    private static ResiliencePipeline<FetchOutcome> BuildRetry(RetrySettings retry, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<FetchOutcome> { TimeProvider = time };
        if (retry.MaxAttempts > 1)
        {
            builder.AddRetry(
                new RetryStrategyOptions<FetchOutcome>
                {
                    MaxRetryAttempts = retry.MaxAttempts - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = retry.BaseDelay,
                    MaxDelay = retry.MaxDelay,
                    ShouldHandle = static attempt =>
                        ValueTask.FromResult(attempt.Outcome.Result is { IsTransient: true }),
                }
            );
        }

        return builder
            .AddRetry(
                new RetryStrategyOptions<FetchOutcome>
                {
                    // The budget of all deferrals together is what bounds them.
                    MaxRetryAttempts = int.MaxValue,
                    ShouldHandle = static attempt =>
                        ValueTask.FromResult(attempt.Outcome.Result is { DeferFor: not null }),
                    DelayGenerator = static attempt => ValueTask.FromResult(attempt.Outcome.Result!.DeferFor),
                }
            )
            .Build();
    }

    private sealed class FetchChunk(FetchLane lane, FetchItem[] items) : IChunkItems
    {
        public IItemRun Open(int index) => new FetchCall(lane, items[index]);
    }
}

/// <summary>What every fetch needs.</summary>
internal sealed record FetchServices(OutboundClient Outbound, HostBreakers Breakers, TimeProvider Time);
