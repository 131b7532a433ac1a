using System.Collections.Concurrent;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>The claims of one resolution: kept alive until their answers are recorded, or let go.</summary>
internal sealed class LookupClaims(LookupTerms terms, LookupClaimant claimant, LookupServices services) : IDisposable
{
    // Claims are believed for half a minute: one renewal may be lost.
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<LookupKey, bool> _held = new();
    private readonly PeriodicTimer _renewal = new(RenewEvery, services.Time);

    /// <summary>Claims what of the keys can be claimed; returns that.</summary>
    public async Task<List<LookupKey>> ClaimAsync(IReadOnlyList<LookupKey> keys, CancellationToken cancellationToken)
    {
        var claimed = await services.Patience.RunAsync(
            token => services.Store.ClaimAsync(terms, claimant, keys, token),
            cancellationToken
        );
        foreach (var key in claimed)
            _held[key] = true;
        return claimed;
    }

    /// <summary>Renews what is held, until <see cref="Dispose"/>.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        while (await _renewal.WaitForNextTickAsync(cancellationToken))
        {
            LookupKey[] held = [.. _held.Keys];
            if (held.Length == 0)
                continue;
            await services.Patience.RunAsync(
                token => services.Store.RenewAsync(terms.Tenant, claimant, held, token),
                cancellationToken
            );
        }
    }

    /// <summary>Records answers to what is held.</summary>
    public async Task AnswerAsync(IReadOnlyList<AnsweredLookup> answered, CancellationToken cancellationToken)
    {
        await services.Patience.RunAsync(
            token => services.Store.AnswerAsync(terms, claimant, answered, token),
            cancellationToken
        );
        foreach (var lookup in answered)
            _held.TryRemove(lookup.Key, out _);
    }

    /// <summary>Lets go of what is still held, as well as it goes: claims lapse by themselves.</summary>
    public async Task ReleaseAsync()
    {
        if (_held.IsEmpty)
            return;
        using var limit = new CancellationTokenSource(ReleaseLimit, services.Time);
        try
        {
            await services.Store.ReleaseAsync(terms.Tenant, claimant, [.. _held.Keys], limit.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException || DatabaseFaults.IsPassing(exception))
        {
            // Whoever waits for them waits half a minute longer.
        }
    }

    public void Dispose() => _renewal.Dispose();
}
