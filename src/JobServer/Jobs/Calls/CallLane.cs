using JobServer.Outbound;
using Polly;
using Polly.Retry;

namespace JobServer.Jobs.Calls;

/// <summary>One lane's share of the calls of a job: its slots, its hosts' slots, and the pipeline of calls that are tried again.</summary>
internal sealed class CallLane
{
    // What one worker drives well; more lanes spread a job over more workers and nodes.
    private const int ConcurrencyPerLane = 100;

    public CallLane(CallSettings settings, int lane, int lanes, CallServices services)
    {
        Settings = settings;
        Services = services;
        var share = Share(settings.Concurrency, lane, lanes);
        var hostShare = Share(settings.PerHostConcurrency, lane, lanes);
        Slots = new CallSlots(share, hostShare);
        MaxWaiting = Math.Clamp(share * 10, 100, 2000);
        // Calls that wait for one slow host must not keep the others' from being taken up.
        Runners = Slots.LimitsHosts ? MaxWaiting : share;
        Retry = BuildRetry(settings.Retry, services.Time);
    }

    /// <summary>Calls to take up at once, so that every slot is used.</summary>
    public int Runners { get; }

    /// <summary>Calls at most that wait to go on, beside those.</summary>
    public int MaxWaiting { get; }

    public CallSettings Settings { get; }

    public CallServices Services { get; }

    public CallSlots Slots { get; }

    public ResiliencePipeline<CallOutcome> Retry { get; }

    /// <summary>How many lanes share the calls of a job with so many chunks.</summary>
    public static int Count(CallSettings settings, int chunks)
    {
        var wanted = (settings.Concurrency + ConcurrencyPerLane - 1) / ConcurrencyPerLane;
        // Limits are divided among the lanes: each must get at least one of either.
        return Math.Max(1, Math.Min(Math.Min(wanted, settings.PerHostConcurrency), chunks));
    }

    private static int Share(int limit, int lane, int lanes) => limit / lanes + (lane < limit % lanes ? 1 : 0);

    /// <summary>
    /// Attempts outside, deferrals inside: what is put off has not cost an attempt when it comes back.
    /// </summary>
    private static ResiliencePipeline<CallOutcome> BuildRetry(RetrySettings retry, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<CallOutcome> { TimeProvider = time };
        if (retry.MaxAttempts > 1)
        {
            builder.AddRetry(
                new RetryStrategyOptions<CallOutcome>
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
                new RetryStrategyOptions<CallOutcome>
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
}

/// <summary>What every call needs.</summary>
internal sealed record CallServices(OutboundClient Outbound, HostBreakers Breakers, TimeProvider Time);
