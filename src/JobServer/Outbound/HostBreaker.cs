using Polly;
using Polly.CircuitBreaker;

namespace JobServer.Outbound;

/// <summary>The circuit breaker of one host.</summary>
internal sealed class HostBreaker
{
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly TimeProvider _time;
    private long _openUntilTicks;
    private long _lastUsed;

    public HostBreaker(OutboundOptions options, TimeProvider time)
    {
        _time = time;
        _lastUsed = time.GetTimestamp();
        Pipeline = new ResiliencePipelineBuilder<IAttemptOutcome> { TimeProvider = time }
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions<IAttemptOutcome>
                {
                    FailureRatio = options.BreakerFailureRatio,
                    MinimumThroughput = options.BreakerMinimumCalls,
                    SamplingDuration = options.BreakerWindow,
                    BreakDuration = options.BreakerOpenTime,
                    StateProvider = _state,
                    ShouldHandle = static args => ValueTask.FromResult(IsFailure(args.Outcome, args.Context)),
                    OnOpened = args =>
                    {
                        Volatile.Write(ref _openUntilTicks, (_time.GetUtcNow() + args.BreakDuration).UtcTicks);
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();
    }

    public ResiliencePipeline<IAttemptOutcome> Pipeline { get; }

    public long LastUsed => Volatile.Read(ref _lastUsed);

    public void Touch() => Volatile.Write(ref _lastUsed, _time.GetTimestamp());

    public HostState Describe(HostAuthority authority)
    {
        var state = _state.CircuitState;
        if (state == CircuitState.Closed)
            return new HostState(authority.ToString(), "closed", null);

        // Polly stays open until the next call; to an observer the breaker is ready for its trial before that.
        var until = new DateTimeOffset(Volatile.Read(ref _openUntilTicks), TimeSpan.Zero);
        return state == CircuitState.HalfOpen || until <= _time.GetUtcNow()
            ? new HostState(authority.ToString(), "half_open", null)
            : new HostState(authority.ToString(), "open", until);
    }

    private static bool IsFailure(Outcome<IAttemptOutcome> outcome, ResilienceContext context)
    {
        if (outcome.Exception is not { } exception)
            return outcome.Result is { CountsAgainstHost: true };

        // Our own stop is not the host's fault; the limit of an attempt is set within it, and is.
        if (exception is OperationCanceledException && context.CancellationToken.IsCancellationRequested)
            return false;

        return OutboundFaults.Of(exception) is { CountsAgainstHost: true };
    }
}

/// <summary>What the breaker of a host is doing.</summary>
/// <param name="Authority">scheme://host:port.</param>
/// <param name="State">closed (calls pass), open (calls are refused) or half_open (the next call decides).</param>
/// <param name="Until">When an open breaker lets a call try again.</param>
internal sealed record HostState(string Authority, string State, DateTimeOffset? Until);
