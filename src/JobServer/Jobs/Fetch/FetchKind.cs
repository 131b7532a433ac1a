using System.Text.Json;
using JobServer.Ledger;

namespace JobServer.Jobs.Fetch;

/// <summary>Jobs whose items are URLs.</summary>
internal sealed class FetchKind(FetchServices services) : IItemKind
{
    public const string KindName = "fetch";

    // What one worker drives well; more lanes spread a job over more workers and nodes.
    private const int ConcurrencyPerLane = 100;

    public string Name => KindName;

    public string Queue => "fetch";

    public int ChunkSize => 500;

    public IItemHandler OpenLane(Job job, int lane) =>
        new FetchLane(FetchSettings.OfArgs(job.Args), lane, job.Lanes, services);

    public string? KeyOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.String ? item.GetString()
        : item.TryGetProperty("key", out var key) ? key.GetString()
        : item.GetProperty("url").GetString();

    public int LanesFor(byte[] args, int items)
    {
        var settings = FetchSettings.OfArgs(args);
        var wanted = (settings.Concurrency + ConcurrencyPerLane - 1) / ConcurrencyPerLane;
        var chunks = (items + ChunkSize - 1) / ChunkSize;
        // Limits are divided among the lanes: each must get at least one of either.
        return Math.Max(1, Math.Min(Math.Min(wanted, settings.PerHostConcurrency), chunks));
    }
}
