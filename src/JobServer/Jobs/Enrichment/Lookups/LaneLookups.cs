using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Ledger;
using JobServer.Outbound;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>
/// The lookups of one run of one lane: answers out of memory, out of the ledger, or from calls within the lane's share of
/// the job's limits. Whoever else asks for the same key meanwhile, on whatever node, waits for the one call.
/// </summary>
internal sealed class LaneLookups(Job job, LookupClaimant claimant, CallLane calls, LookupServices services) : ILookups
{
    private const string BadUrl = "lookup_bad_url";

    private readonly LookupCache _cache = new();

    public async ValueTask<IReadOnlyDictionary<string, LookupAnswer>> ResolveAsync(
        LookupStep step,
        IReadOnlyCollection<string> urls,
        CancellationToken cancellationToken
    )
    {
        var answers = new Dictionary<string, LookupAnswer>(urls.Count, StringComparer.Ordinal);
        var wanted = new Dictionary<LookupKey, Uri>();
        var keys = new LookupKeys(step, calls.Settings.MaxBodyBytes);
        foreach (var url in urls)
        {
            var key = keys.Of(url);
            if (_cache.Find(key) is { } known)
                answers[url] = known;
            else if (OutboundUrl.TryParse(url, out var parsed, out var refusal))
                wanted[key] = parsed;
            else
                answers[url] = Refused(url, refusal);
        }

        if (wanted.Count == 0)
            return answers;
        var terms = new LookupTerms(job.Key.Tenant, job.CreatedAt, step.CacheFor);
        using var run = new LookupRun(step, terms, claimant, wanted, calls, services);
        foreach (var (key, answer) in await run.RunAsync(cancellationToken))
        {
            _cache.Add(key, answer);
            answers[wanted[key].OriginalString] = answer;
        }

        return answers;
    }

    private static LookupAnswer Refused(string url, string refusal)
    {
        var host = Uri.TryCreate(url, UriKind.Absolute, out var parsed) ? parsed.Authority : null;
        return LookupAnswer.Failure(BadUrl, $"The URL of the lookup cannot be fetched: {refusal}.", host);
    }
}

/// <summary>What every lookup needs beside calls.</summary>
internal sealed record LookupServices(LookupStore Store, DatabasePatience Patience, TimeProvider Time);
