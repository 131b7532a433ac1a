using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

/// <summary>Puts what would break out of any markup into every string of a report, also into those of its request.</summary>
internal static class Hostile
{
    public const string Text =
        """x"'`--></title></style></script><script>alert(1)</script><img src=//evil.example onerror=a>]]>{}url(//evil.example)&lt;""";

    public static BenchmarkReport Of(BenchmarkReport report)
    {
        var node = JsonSerializer.SerializeToNode(report, JsonSerializerOptions.Web)!;
        return Poisoned(node)!.Deserialize<BenchmarkReport>(JsonSerializerOptions.Web)!;
    }

    private static JsonNode? Poisoned(JsonNode? node) =>
        node switch
        {
            JsonObject members => new JsonObject(
                members.Select(member => KeyValuePair.Create(member.Key, Poisoned(member.Value)))
            ),
            JsonArray items => new JsonArray([.. items.Select(Poisoned)]),
            JsonValue value when value.TryGetValue(out string? text) && !IsTyped(text) => JsonValue.Create(text + Text),
            _ => node?.DeepClone(),
        };

    // What is no text in the records.
    private static bool IsTyped(string text) =>
        Guid.TryParse(text, out _) || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _);
}
