using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Benchmarks.Queue;

/// <summary>
/// What a contender's process answers to one command, as a line of JSON. It times itself, so that neither its start nor the
/// pipe counts.
/// </summary>
/// <param name="P50Ms">From enqueue to start; of <c>report</c>.</param>
internal sealed record QueueAnswer(
    double Seconds,
    double CpuSeconds,
    int Items,
    double? P50Ms = null,
    double? P99Ms = null,
    string? Error = null
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    [JsonIgnore]
    public double PerSecond => Items / Seconds;

    public string ToLine() => JsonSerializer.Serialize(this, Json);

    public static QueueAnswer Parse(string line) =>
        JsonSerializer.Deserialize<QueueAnswer>(line, Json) ?? throw new IncorrectException("a child said 'null'");
}
