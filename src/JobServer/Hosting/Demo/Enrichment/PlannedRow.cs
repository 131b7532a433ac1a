using System.Text.Json;
using System.Text.Json.Nodes;

namespace JobServer.Hosting.Demo.Enrichment;

/// <summary>One row of the demo's file, and what must come of it.</summary>
/// <param name="Shape">What is special about it, in short.</param>
/// <param name="Csv">As it stands in the file, without its line break.</param>
/// <param name="Cells">What that says.</param>
/// <param name="Added">What is computed for it; null when it must fail.</param>
/// <param name="ErrorCode">Null when it must succeed.</param>
internal sealed record PlannedRow(string Shape, string Csv, string[] Cells, Added? Added, string? ErrorCode)
{
    /// <summary>The address it is looked up by; null when it is too short to have one.</summary>
    public string? Email => Cells.Length == EnrichmentPlan.Columns.Length ? Cells[2] : null;

    /// <summary>The value its result must have, but for <c>processedAt</c>, which is null here.</summary>
    public JsonElement Expected =>
        JsonSerializer.SerializeToElement<JsonNode>(
            Email is null ? new JsonArray([.. Cells.Select(cell => (JsonNode)cell)])
            : Added is null ? Record(EnrichmentPlan.Columns)
            : Enriched(Added)
        );

    private JsonObject Enriched(Added added)
    {
        var record = Record(EnrichmentPlan.RenamedColumns);
        record["processedAt"] = null;
        record["score"] = added.Score;
        record["source"] = EnrichmentPlan.Source.DeepClone();
        record["city"] = added.City;
        record["phone"] = added.Phone;
        return record;
    }

    private JsonObject Record(string[] columns) =>
        new(columns.Zip(Cells, (column, cell) => KeyValuePair.Create(column, (JsonNode?)cell)));
}

/// <summary>What the steps add to a row.</summary>
/// <param name="Score">FNV-1a of the address, modulo 100.</param>
/// <param name="City">Of the sample API.</param>
/// <param name="Phone">Of the sample API, the first.</param>
internal sealed record Added(int Score, string City, string Phone);
