using System.Security.Cryptography;
using JobServer.Jobs.Calls;
using JobServer.Outbound;
using Polly;

namespace JobServer.Jobs.Benchmark.Strategies.Io;

/// <summary>Makes single calls as jobs do: through the host's breaker, within limits. None is tried again.</summary>
internal sealed class PageCalls(BenchmarkSettings settings, CallServices services)
{
    /// <summary>
    /// Bodies up to here are compared as they are, longer ones by their hash: hashing a short one would be a good part of
    /// what a call costs.
    /// </summary>
    private const int LongestKept = 4096;

    /// <summary>One call to its end; only cancellation is an exception.</summary>
    public async ValueTask<PageOutcome> CallAsync(Page page, Blocking blocking, CancellationToken stop)
    {
        var context = ResilienceContextPool.Shared.Get(stop);
        try
        {
            var outcome = await services
                .Breakers.GetPipeline(page.Url)
                .ExecuteOutcomeAsync(
                    static (context, call) =>
                        call.Calls.PassedAsync(call.Page, call.Blocking, context.CancellationToken),
                    context,
                    (Calls: this, Page: page, Blocking: blocking)
                );
            stop.ThrowIfCancellationRequested();
            if (outcome.Exception is { } exception && OutboundFaults.Of(exception) is { } fault)
                return new PageOutcome(fault);
            outcome.ThrowIfException();
            return (PageOutcome)outcome.Result!;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>What the breaker lets pass.</summary>
    private async ValueTask<Outcome<IAttemptOutcome>> PassedAsync(Page page, Blocking blocking, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(settings.ItemTimeout);
        try
        {
            using var response = await SendAsync(page, blocking, limit.Token);
            if ((int)response.Status is < 200 or >= 300)
                return Outcome.FromResult<IAttemptOutcome>(new PageOutcome(OutboundFaults.Of(response.Status)));
            using var body = await ReadAsync(response, blocking, limit.Token);
            return Outcome.FromResult<IAttemptOutcome>(Check(page, (int)response.Status, body.Span));
        }
        catch (Exception exception) when (!stop.IsCancellationRequested && OutboundFaults.Of(exception) is { } fault)
        {
            return Outcome.FromResult<IAttemptOutcome>(new PageOutcome(fault));
        }
        catch (Exception exception)
        {
            return Outcome.FromException<IAttemptOutcome>(exception);
        }
    }

    // A redirect is an error: nobody has said that the host it leads to may be called.
    private ValueTask<OutboundResponse> SendAsync(Page page, Blocking blocking, CancellationToken limit)
    {
        var request = new OutboundRequest(page.Url, page.Headers, FollowRedirects: false);
        return blocking == Blocking.Always
            ? new(services.Outbound.Get(request, limit))
            : new(services.Outbound.GetAsync(request, limit));
    }

    private ValueTask<PooledBody> ReadAsync(OutboundResponse response, Blocking blocking, CancellationToken limit) =>
        blocking == Blocking.Never
            ? response.ReadBodyAsync(settings.MaxBodyBytes, limit)
            : new(response.ReadBody(settings.MaxBodyBytes, limit));

    private PageOutcome Check(Page page, int status, scoped ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (settings.Check == AnswerCheck.Status)
            body = [];
        else if (body.Length > LongestKept)
            body = hash[..SHA256.HashData(body, hash)];
        return page.Expects(status, body) ? PageOutcome.Success : PageOutcome.Different;
    }
}
