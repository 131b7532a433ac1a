using System.Net;
using JobServer.Outbound;
using Polly;
using Polly.CircuitBreaker;

namespace JobServer.Jobs.Calls;

/// <summary>
/// One URL on its way: the state its attempts share. A kind says what it makes of a response; slots, the host's breaker,
/// time limits, retries and deferrals are the same for all.
/// </summary>
/// <param name="url">From <see cref="OutboundUrl.TryParse"/>.</param>
internal abstract class Call(CallLane lane, Uri url, IReadOnlyList<KeyValuePair<string, string>>? headers) : IItemRun
{
    // A breaker that is about to close answers with next to nothing.
    private static readonly TimeSpan ShortestDeferral = TimeSpan.FromMilliseconds(100);

    private TimeSpan _deferred;
    private int _attempts;
    private CallOutcome? _first;

    protected Uri Url => url;

    protected CallSettings Settings => lane.Settings;

    /// <summary>Begins the sentence about a status that is no success: what answered it.</summary>
    protected virtual string Callee => "The host";

    public async ValueTask<ItemResult?> StartAsync(CancellationToken cancellationToken)
    {
        var outcome = await AttemptAsync(cancellationToken);
        if (outcome.DeferFor is null && !(outcome.IsTransient && Settings.Retry.MaxAttempts > 1))
            return Result(outcome);
        _first = outcome;
        return null;
    }

    public async Task<ItemResult> GoOnAsync(CancellationToken cancellationToken)
    {
        // Entered with the first outcome in hand: most items never come here, and pay nothing for it.
        var outcome = await lane.Retry.ExecuteAsync(
            static (call, token) =>
                Interlocked.Exchange(ref call._first, null) is { } first
                    ? ValueTask.FromResult(first)
                    : call.AttemptAsync(token),
            this,
            cancellationToken
        );
        return Result(outcome);
    }

    /// <summary>What becomes of a response whose status is a success. Its body is gone afterwards.</summary>
    protected abstract CallOutcome Read(OutboundResponse response, ReadOnlySpan<byte> body);

    private ItemResult Result(CallOutcome outcome) =>
        outcome.Value is { } value
            ? ItemResult.Success(value, _attempts)
            : ItemResult.Failure(outcome.ErrorCode!, outcome.ErrorDetail!, url.Authority, _attempts);

    /// <summary>One attempt, or a deferral: waits for a slot, passes the host's breaker, calls.</summary>
    private async ValueTask<CallOutcome> AttemptAsync(CancellationToken stop)
    {
        var host = HostAuthority.Of(url);
        using var slot = await lane.Slots.EnterAsync(host, stop);
        var context = ResilienceContextPool.Shared.Get(stop);
        try
        {
            var outcome = await lane
                .Services.Breakers.GetPipeline(host)
                .ExecuteOutcomeAsync(
                    static (context, call) => call.CallAsync(context.CancellationToken),
                    context,
                    this
                );
            if (outcome.Exception is BrokenCircuitException open)
                return Defer(CallOutcome.Failure(OutboundFaults.Of(open)!), open.RetryAfter ?? ShortestDeferral);
            outcome.ThrowIfException();
            return (CallOutcome)outcome.Result!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<Outcome<IAttemptOutcome>> CallAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Settings.ItemTimeout);
        try
        {
            using var response = await lane.Services.Outbound.GetAsync(new OutboundRequest(url, headers), limit.Token);
            if ((int)response.Status is < 200 or >= 300)
                return Outcome.FromResult<IAttemptOutcome>(Answered(response));
            using var body = await response.ReadBodyAsync(Settings.MaxBodyBytes, limit.Token);
            _attempts++;
            return Outcome.FromResult<IAttemptOutcome>(Read(response, body.Span));
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && OutboundFaults.Of(exception) is { } fault)
        {
            _attempts++;
            return Outcome.FromResult<IAttemptOutcome>(CallOutcome.Failure(fault));
        }
    }

    private CallOutcome Answered(OutboundResponse response)
    {
        var status = response.Status;
        var outcome = CallOutcome.Failure(OutboundFaults.Of(status, Callee));
        if (
            status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            && WaitAskedFor(response) is { } wait
        )
            return Defer(outcome, wait);
        _attempts++;
        return outcome;
    }

    private TimeSpan? WaitAskedFor(OutboundResponse response)
    {
        var retryAfter = response.Headers.RetryAfter;
        var wait = retryAfter?.Delta ?? retryAfter?.Date - lane.Services.Time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }

    private CallOutcome Defer(CallOutcome outcome, TimeSpan wait)
    {
        if (wait < ShortestDeferral)
            wait = ShortestDeferral;
        if (_deferred + wait > Settings.Retry.MaxDelay)
        {
            _attempts++;
            return outcome.Final();
        }

        _deferred += wait;
        return outcome.Deferred(wait);
    }
}
