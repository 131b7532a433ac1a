using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs.Benchmark;

/// <summary>An item of a benchmark job as it stands in its only chunk: a round, or a threshold that is judged after all of them.</summary>
/// <param name="Block">From 0; each strategy has one round in every block.</param>
/// <param name="Strategy">The contender's name.</param>
/// <param name="Threshold">Index into the settings' thresholds.</param>
internal sealed record PlannedItem(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Block,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Strategy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Threshold
)
{
    /// <summary>What the threshold is about.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Metric { get; init; }

    /// <summary>What results call it, such as <c>io-async #3</c> or <c>p95 of io-async</c>.</summary>
    [JsonIgnore]
    public string Key => Threshold is null ? $"{Strategy} #{Block + 1}" : $"{Metric} of {Strategy}";

    public static PlannedItem Of(int index, ThresholdSettings threshold) =>
        new(Block: null, threshold.Strategy, index) { Metric = threshold.Metric };

    public static PlannedItem[] Parse(ReadOnlyMemory<byte> chunkInput) =>
        JsonSerializer.Deserialize<PlannedItem[]>(chunkInput.Span, JsonSerializerOptions.Web)!;
}
