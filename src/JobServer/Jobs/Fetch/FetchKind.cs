using System.Text.Json;
using JobServer.Jobs.Calls;
using JobServer.Ledger;

namespace JobServer.Jobs.Fetch;

/// <summary>Jobs whose items are URLs.</summary>
internal sealed class FetchKind(CallServices services) : IItemKind
{
    public const string KindName = "fetch";

    public string Name => KindName;

    public string Queue => "fetch";

    public int ChunkSize => 500;

    public IReadOnlyList<string> Columns => FetchValue.Members;

    public IItemHandler OpenLane(Job job, int lane) =>
        new FetchLane(new CallLane(CallSettings.OfArgs(job.Args), lane, job.Lanes, services));

    public string? KeyOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.String ? item.GetString()
        : item.TryGetProperty("key", out var key) ? key.GetString()
        : item.GetProperty("url").GetString();

    public int LanesFor(byte[] args, int items) =>
        CallLane.Count(CallSettings.OfArgs(args), (items + ChunkSize - 1) / ChunkSize);
}
