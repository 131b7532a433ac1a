using JobServer.Outbound;
using Polly;
using Polly.Retry;

namespace JobServer.Jobs.Fetch;

/// <summary>One lane's share of a fetch job: its slots, its hosts' slots, and the pipeline of items that are tried again.</summary>
internal sealed class FetchLane : ILaneHandler
{
    public FetchLane(FetchSettings settings, int lane, int lanes, FetchServices services)
    {
        Settings = settings;
        Services = services;
        var share = Share(settings.Concurrency, lane, lanes);
        var hostShare = Share(settings.PerHostConcurrency, lane, lanes);
        Slots = new SemaphoreSlim(share, share);
        // With as many as the lane has in all, a host's slots would never be the ones to wait for.
        HostSlots = hostShare < share ? new HostSlots(hostShare) : null;
        MaxWaiting = Math.Clamp(share * 10, 100, 2000);
        // Items that wait for one slow host must not keep the others' from being taken up.
        Runners = HostSlots is null ? share : MaxWaiting;
        Retry = BuildRetry(settings.Retry, services.Time);
    }

    public int Runners { get; }

    public int MaxWaiting { get; }

    public FetchSettings Settings { get; }

    public FetchServices Services { get; }

    /// <summary>Calls under way at once; held during a call, never during a wait.</summary>
    public SemaphoreSlim Slots { get; }

    /// <summary>The same for each host; null when they are no tighter than <see cref="Slots"/>.</summary>
    public HostSlots? HostSlots { get; }

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
