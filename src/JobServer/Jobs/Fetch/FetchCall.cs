using System.Net;
using JobServer.Outbound;
using Microsoft.AspNetCore.WebUtilities;
using Polly.CircuitBreaker;

namespace JobServer.Jobs.Fetch;

/// <summary>One URL on its way: the state its attempts share.</summary>
internal sealed class FetchCall(FetchLane lane, FetchItem item, Action started)
{
    // A breaker that is about to close answers with next to nothing.
    private static readonly TimeSpan ShortestDeferral = TimeSpan.FromMilliseconds(100);

    private readonly Uri _url = new(item.Url);
    private TimeSpan _deferred;

    /// <summary>Attempts made and counted: deferrals are not.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whom errors are grouped by.</summary>
    public string Host => _url.Authority;

    /// <summary>One attempt, or a deferral: waits for a slot, passes the host's breaker, calls.</summary>
    public async ValueTask<FetchOutcome> AttemptAsync(CancellationToken stop)
    {
        var host = HostAuthority.Of(_url);
        if (lane.HostSlots is { } hostSlots)
            await hostSlots.EnterAsync(host, stop);
        try
        {
            await lane.Slots.WaitAsync(stop);
            try
            {
                started();
                return await lane
                    .Services.Breakers.GetPipeline(host)
                    .ExecuteAsync(static (call, token) => call.CallAsync(token), this, stop);
            }
            finally
            {
                lane.Slots.Release();
            }
        }
        catch (BrokenCircuitException open)
        {
            return Defer(FetchOutcome.Failure(OutboundFaults.Of(open)!), open.RetryAfter ?? ShortestDeferral);
        }
        finally
        {
            lane.HostSlots?.Exit(host);
        }
    }

    private async ValueTask<FetchOutcome> CallAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(lane.Settings.ItemTimeout);
        try
        {
            using var response = await lane.Services.Outbound.GetAsync(
                new OutboundRequest(_url, item.Headers),
                limit.Token
            );
            if ((int)response.Status is >= 200 and < 300)
            {
                using var body = await response.ReadBodyAsync(lane.Settings.MaxBodyBytes, limit.Token);
                Attempts++;
                return FetchOutcome.Success(FetchValue.Write(item.Url, response, body.Span));
            }

            return Answered(response);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && OutboundFaults.Of(exception) is { } fault)
        {
            Attempts++;
            return FetchOutcome.Failure(fault);
        }
    }

    private FetchOutcome Answered(OutboundResponse response)
    {
        var status = response.Status;
        var outcome = FetchOutcome.Failure(
            new OutboundFault(
                $"http_{(int)status}",
                $"The host answered {(int)status} {ReasonPhrases.GetReasonPhrase((int)status)}".TrimEnd() + ".",
                StatusRules.IsTransient(status),
                StatusRules.CountsAgainstHost(status)
            )
        );
        if (
            status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
            && WaitAskedFor(response) is { } wait
        )
            return Defer(outcome, wait);
        Attempts++;
        return outcome;
    }

    private TimeSpan? WaitAskedFor(OutboundResponse response)
    {
        var retryAfter = response.Headers.RetryAfter;
        var wait = retryAfter?.Delta ?? retryAfter?.Date - lane.Services.Time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }

    private FetchOutcome Defer(FetchOutcome outcome, TimeSpan wait)
    {
        if (wait < ShortestDeferral)
            wait = ShortestDeferral;
        if (_deferred + wait > lane.Settings.Retry.MaxDelay)
        {
            Attempts++;
            return outcome.Final();
        }

        _deferred += wait;
        return outcome.Deferred(wait);
    }
}
