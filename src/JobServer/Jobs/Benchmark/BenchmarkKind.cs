using System.Text.Json;
using JobServer.Access;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Calls;
using JobServer.Ledger;

namespace JobServer.Jobs.Benchmark;

/// <summary>Jobs whose items are measured rounds, and the thresholds they must keep to.</summary>
internal sealed class BenchmarkKind(BenchmarkServices services) : IItemKind
{
    public const string KindName = "benchmark";

    public string Name => KindName;

    public string Queue => "benchmark";

    /// <summary>More than any job has: all of it is one chunk.</summary>
    public int ChunkSize => 100_000;

    public IReadOnlyList<string> Columns { get; } =
    [.. typeof(Round).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))];

    public string Scope => Scopes.Benchmark;

    public bool HasReport => true;

    public LanePace Pace => LanePace.Undisturbed;

    public IItemHandler OpenLane(Job job, int lane) =>
        new BenchmarkLane(job, BenchmarkSettings.OfArgs(job.Args), services);

    public string? KeyOf(JsonElement item) => item.Deserialize<PlannedItem>(JsonSerializerOptions.Web)!.Key;

    public int LanesFor(byte[] args, int items) => 1;
}

/// <summary>What every lane of a benchmark needs.</summary>
internal sealed record BenchmarkServices(
    CallServices Calls,
    BenchmarkHosts Hosts,
    Neighbours Neighbours,
    ReportReader Reports,
    DatabasePatience Patience,
    TimeProvider Time
);
