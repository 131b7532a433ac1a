using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>
/// Resolves a set of keys: reads what the ledger has, claims and calls what nobody is calling, waits for what others call
/// and takes it over when they vanish.
/// </summary>
internal sealed class LookupRun : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly LookupStep _step;
    private readonly LookupTerms _terms;
    private readonly LookupClaimant _claimant;
    private readonly IReadOnlyDictionary<LookupKey, Uri> _wanted;
    private readonly CallLane _lane;
    private readonly LookupServices _services;
    private readonly LookupClaims _claims;
    private readonly LookupRecorder _recorder;
    private readonly ConcurrentDictionary<LookupKey, LookupAnswer> _answers = new();
    private readonly List<Task> _calls = [];
    private readonly CancellationTokenSource _fault = new();
    private ExceptionDispatchInfo? _firstFault;

    public LookupRun(
        LookupStep step,
        LookupTerms terms,
        LookupClaimant claimant,
        IReadOnlyDictionary<LookupKey, Uri> wanted,
        CallLane lane,
        LookupServices services
    )
    {
        (_step, _terms, _claimant) = (step, terms, claimant);
        (_wanted, _lane, _services) = (wanted, lane, services);
        _claims = new LookupClaims(terms, claimant, services);
        _recorder = new LookupRecorder(_claims, services.Time);
    }

    /// <summary>The answers to all keys. What has come is recorded and the other claims are let go, however it ends.</summary>
    public async Task<IReadOnlyDictionary<LookupKey, LookupAnswer>> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _fault.Token);
        // Not stopped: what was answered before the stop is worth recording. Patience bounds it.
        var recording = GuardAsync(_recorder.RunAsync(CancellationToken.None));
        var renewing = GuardAsync(_claims.RenewAsync(stop.Token));
        await GuardAsync(GatherAsync(stop.Token));
        await Task.WhenAll(_calls);
        _recorder.Complete();
        await recording;
        _claims.Dispose();
        await renewing;
        await _claims.ReleaseAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _firstFault?.Throw();
        return _answers;
    }

    public void Dispose()
    {
        _claims.Dispose();
        _fault.Dispose();
    }

    private async Task GatherAsync(CancellationToken stop)
    {
        var open = _wanted.Keys.ToHashSet();
        while (true)
        {
            var found = await _services.Patience.RunAsync(
                token => _services.Store.FindAsync(_terms, _claimant, open, token),
                stop
            );
            foreach (var (key, end) in found.Answers)
                _answers[key] = new LookupAnswer(end.Value ?? default, end.ErrorCode, end.ErrorDetail, end.ErrorHost);
            open.ExceptWith(found.Answers.Keys);
            if (found.Free.Count > 0)
            {
                var claimed = await _claims.ClaimAsync(found.Free, stop);
                open.ExceptWith(claimed);
                foreach (var key in claimed)
                    _calls.Add(GuardAsync(CallAsync(key, stop)));
            }

            if (open.Count == 0)
                return;
            await Task.Delay(Poll, _services.Time, stop);
        }
    }

    private async Task CallAsync(LookupKey key, CancellationToken stop)
    {
        var answer = await new LookupCall(_lane, _step, _wanted[key]).RunAsync(stop);
        _answers[key] = answer;
        var value = answer.ErrorCode is null ? answer.Value : (ReadOnlyMemory<byte>?)null;
        var end = new LookupEnd(value, answer.ErrorCode, answer.ErrorDetail, answer.ErrorHost);
        await _recorder.AddAsync(new AnsweredLookup(key, end));
    }

    /// <summary>The first fault tells why, and stops the rest, whose cancellations tell nothing.</summary>
    private async Task GuardAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _firstFault, ExceptionDispatchInfo.Capture(exception), null);
            await _fault.CancelAsync();
        }
    }
}
