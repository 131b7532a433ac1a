using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>
/// Compares three records that share no fate: what clients got 202 for, what the API says became of it, and what the peer
/// that jobs call saw.
/// </summary>
internal sealed class LedgerCheck(ClientRecord record, HttpClient host, Peer peer)
{
    private const int AtOnce = 4;

    private readonly ConcurrentBag<string> _findings = [];
    private readonly ConcurrentDictionary<string, int> _failed = new();
    private int _items;

    /// <summary>Reads all of it. A job that is not terminal gets until the limit, which all share.</summary>
    public async Task<Verdict> RunAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        foreach (var wrong in record.Wrong)
            _findings.Add($"answered otherwise than by 202 or 503: {wrong}");
        using var patience = new CancellationTokenSource(limit);
        var acknowledged = record.All.Where(sent => sent.Id is not null).ToList();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            acknowledged,
            options,
            async (sent, token) => await CheckAsync(sent, sent.Id!, patience.Token, token)
        );
        var stored = await StoredAsync(cancellationToken);
        var unacknowledged = await CheckUnacknowledgedAsync(stored, patience.Token, cancellationToken);
        var attempts = CheckEffects(stored);
        return new Verdict([.. _findings.Order()], acknowledged.Count, unacknowledged, _items, _failed, attempts)
        {
            Refused = record.Refused,
        };
    }

    private async Task CheckAsync(Sent sent, string id, CancellationToken patience, CancellationToken cancellationToken)
    {
        var job = await EndAsync(id, patience, cancellationToken);
        if (job is not { } end)
            return;
        using var answer = await host.GetAsync($"/v1/jobs/{id}/results", cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            _findings.Add($"{id} has ended, and the API answers {(int)answer.StatusCode} for its results");
            return;
        }

        var lines = await JobClient.ReadLinesAsync(answer, cancellationToken);
        Interlocked.Add(ref _items, lines.Count);
        var counted = (end.Progress("succeeded"), end.Progress("failed"), end.Progress("total"));
        var failed = lines.Count(line => line.ErrorCode() is not null);
        if (counted != (sent.Items - failed, failed, sent.Items))
            _findings.Add($"{id} counts {counted} where {failed} of {sent.Items} items have failed");
        var bySeq = lines.ToLookup(line => line.GetProperty("seq").GetInt32());
        foreach (var (seq, item) in sent.ItemNumbers.Index())
        {
            var results = bySeq[seq].ToList();
            if (results.Count != 1)
                _findings.Add($"{id} has {results.Count} results for item {seq}");
            foreach (var result in results)
                CheckResult(id, item, result);
        }

        if (lines.Count > sent.Items)
            _findings.Add($"{id} has {lines.Count} results for {sent.Items} items");
    }

    private void CheckResult(string id, int item, JsonElement line)
    {
        if (line.ErrorCode() is { } code)
        {
            _failed.AddOrUpdate(code, 1, (_, times) => times + 1);
            return;
        }

        var value = line.GetProperty("value");
        // Of a fetch under data, of an enrichment in the record itself.
        var told = (value.TryGetProperty("data", out var data) ? data : value).GetProperty("n").GetInt32();
        if (told != item)
            _findings.Add($"{id} has the result {told} for item {item}");
    }

    /// <summary>The job once it is terminal; null, and a finding, when it is not there or does not end.</summary>
    private async Task<JsonElement?> EndAsync(
        string id,
        CancellationToken patience,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            using var answer = await host.GetAsync($"/v1/jobs/{id}", cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                _findings.Add($"{id} was accepted, and the API answers {(int)answer.StatusCode}");
                return null;
            }

            var job = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            if (job.GetProperty("finishedAt").ValueKind != JsonValueKind.Null)
                return job;
            if (patience.IsCancellationRequested)
            {
                _findings.Add($"{id} was accepted, and is {job.State()} for ever");
                return null;
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Ids of the jobs there are, by the number of their submission.</summary>
    private async Task<ILookup<int, string>> StoredAsync(CancellationToken cancellationToken)
    {
        var stored = new List<(int Number, string Id)>();
        var cursor = "";
        while (cursor is not null)
        {
            var page = await host.GetFromJsonAsync<JsonElement>(
                $"/v1/jobs?tag={record.Name}&limit=500{cursor}",
                cancellationToken
            );
            foreach (var job in page.GetProperty("data").EnumerateArray())
            {
                var tags = job.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!);
                stored.Add(
                    (int.Parse(tags.First(tag => tag.StartsWith("sent-", StringComparison.Ordinal))[5..]), job.Id())
                );
            }

            cursor = page.GetProperty("nextCursor").GetString() is { } next ? $"&cursor={next}" : null;
        }

        return stored.ToLookup(job => job.Number, job => job.Id);
    }

    /// <summary>Those without a 202 may exist, once each, and then run like any other.</summary>
    private async Task<int> CheckUnacknowledgedAsync(
        ILookup<int, string> stored,
        CancellationToken patience,
        CancellationToken cancellationToken
    )
    {
        var found = 0;
        foreach (var sent in record.All)
        {
            var ids = stored[sent.Number].ToList();
            if (ids.Count > 1)
                _findings.Add($"submission {sent.Number} became {ids.Count} jobs: {string.Join(", ", ids)}");
            if (sent.Id is not null || ids.Count == 0)
                continue;
            found++;
            await CheckAsync(sent, ids[0], patience, cancellationToken);
        }

        return found;
    }

    /// <summary>How many items were called for how often. Who was called for nobody's sake is a finding.</summary>
    private SortedDictionary<int, int> CheckEffects(ILookup<int, string> stored)
    {
        var attempts = new SortedDictionary<int, int>();
        foreach (var (path, calls) in peer.Calls)
        {
            if (path.Split('/') is not [_, "slow", _, var number])
                continue;
            var item = int.Parse(number);
            if (!stored.Contains(Sent.OfItem(item)))
                _findings.Add($"item {item} was called for, and no job has it");
            attempts[calls] = attempts.GetValueOrDefault(calls) + 1;
        }

        return attempts;
    }
}
