using JobServer.Outbound;
using Polly;
using Polly.Retry;

namespace JobServer.Jobs.Fetch;

/// <summary>One lane's share of a fetch job: its slots, its hosts' slots, and the pipeline each item runs in.</summary>
internal sealed class FetchLane : ILaneHandler
{
    public FetchLane(FetchSettings settings, int lane, int lanes, FetchServices services)
    {
        Settings = settings;
        Services = services;
        var share = Share(settings.Concurrency, lane, lanes);
        var hostShare = Share(settings.PerHostConcurrency, lane, lanes);
        Ahead = share;
        Window = Math.Clamp(share * 10, 100, 2000);
        Slots = new SemaphoreSlim(share, share);
        // With as many as the lane has in all, a host's slots would never be the ones to wait for.
        HostSlots = hostShare < share ? new HostSlots(hostShare) : null;
        Pipeline = BuildPipeline(settings.Retry, services.Time);
    }

    public int Window { get; }

    public int Ahead { get; }

    public FetchSettings Settings { get; }

    public FetchServices Services { get; }

    public SemaphoreSlim Slots { get; }

    public HostSlots? HostSlots { get; }

    public ResiliencePipeline<FetchOutcome> Pipeline { get; }

    public IChunkItems OpenChunk(ReadOnlyMemory<byte> input) => new FetchChunk(this, FetchItem.Parse(input));

    private static int Share(int limit, int lane, int lanes) => limit / lanes + (lane < limit % lanes ? 1 : 0);

    /// <summary>
    /// Attempts outside, deferrals inside: what is put off has not cost an attempt when it comes back. The waits of both
    /// hold no slot, since slots are taken within.
    /// </summary>
    private static ResiliencePipeline<FetchOutcome> BuildPipeline(RetrySettings retry, TimeProvider time)
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
        public async Task<ItemResult> RunAsync(int index, Action started, CancellationToken cancellationToken)
        {
            var call = new FetchCall(lane, items[index], started);
            var outcome = await lane.Pipeline.ExecuteAsync(
                static (call, token) => call.AttemptAsync(token),
                call,
                cancellationToken
            );
            return outcome.Value is { } value
                ? ItemResult.Success(value, call.Attempts)
                : ItemResult.Failure(outcome.ErrorCode!, outcome.ErrorDetail!, call.Host, call.Attempts);
        }
    }
}

/// <summary>What every fetch needs.</summary>
internal sealed record FetchServices(OutboundClient Outbound, HostBreakers Breakers, TimeProvider Time);
