using System.Text.Json;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>
/// The items of a benchmark job: blocks of one round of every contender, then the thresholds. Within a block the
/// families come in random order, and the contenders of a family one after the other in random order: what drifts while
/// the job runs meets them all alike.
/// </summary>
internal static class BenchmarkPlan
{
    public static PlannedItem[] Items(BenchmarkSettings settings)
    {
#pragma warning disable CA5394 // An order to be repeated, not a secret.
        var random = new Random(settings.Seed);
        var families = settings.Strategies.GroupBy(strategy => Families.Of(strategy.Strategy)).ToArray();
        var rounds = Enumerable
            .Range(0, settings.Rounds)
            .SelectMany(block =>
                random
                    .GetItemsOnce(families)
                    .SelectMany(family => random.GetItemsOnce([.. family]))
                    .Select(strategy => new PlannedItem(block, strategy.Name, Threshold: null))
            );
#pragma warning restore CA5394
        var thresholds = settings
            .Thresholds.Index()
            .Select(threshold => PlannedItem.Of(threshold.Index, threshold.Item));
        return [.. rounds, .. thresholds];
    }

    /// <summary>All of them in the one chunk of the job: what one process began, no other may carry on beside it.</summary>
    public static NewChunk Chunk(BenchmarkSettings settings)
    {
        var items = Items(settings);
        return new NewChunk(0, 0, items.Length, JsonSerializer.SerializeToUtf8Bytes(items, JsonSerializerOptions.Web));
    }

    private static T[] GetItemsOnce<T>(this Random random, T[] items)
    {
        T[] shuffled = [.. items];
        random.Shuffle(shuffled);
        return shuffled;
    }
}
