using System.Text.Json;
using System.Text.Json.Nodes;
using JobServer.Hosting.Demo.Enrichment;
using JobServer.Jobs;

namespace JobServer.Tests.Hosting.Demo.Enrichment;

public sealed class EnrichmentCheckTests
{
    private static readonly EnrichmentPlan Plan = new(new Uri("http://127.0.0.1:4000/"), "run");
    private static readonly Dictionary<string, int> Calls = Plan.Lookups.ToDictionary(path => path, _ => 1);

    [Fact]
    public void A_job_that_went_as_planned_has_no_differences()
    {
        var check = Check(Lines());

        Assert.Empty(check.Differences);
        Assert.All(Plan.Rows, row => Assert.True(check.IsAsExpected(row)));
    }

    [Theory]
    [InlineData("score", 55)]
    [InlineData("amount", 12.5)]
    [InlineData("city", "Porto")]
    [InlineData("processedAt", "2026-01-02 03:04:05")]
    public void Another_value_is_seen(string column, object value)
    {
        var lines = Lines();
        lines[0]["value"]![column] = JsonValue.Create(value);

        var check = Check(lines);

        Assert.StartsWith("Row 1 (plain): expected {", Assert.Single(check.Differences));
        Assert.False(check.IsAsExpected(Plan.Rows[0]));
    }

    [Fact]
    public void Columns_in_another_order_are_seen()
    {
        var lines = Lines();
        var value = lines[0]["value"]!.AsObject();
        var id = value["id"]!.DeepClone();
        value.Remove("id");
        value["id"] = id;

        Assert.StartsWith("Row 1 (plain): expected {", Assert.Single(Check(lines).Differences));
    }

    [Fact]
    public void A_column_too_many_is_seen()
    {
        var lines = Lines();
        lines[0]["value"]!["note_2"] = "b";

        Assert.StartsWith("Row 1 (plain): expected {", Assert.Single(Check(lines).Differences));
    }

    [Fact]
    public void A_row_that_fails_otherwise_is_seen()
    {
        var lines = Lines();
        lines[7]["error"]!["code"] = "timeout";

        Assert.Equal(["Row 8 (an unknown address): expected http_404, saw timeout."], Check(lines).Differences);
    }

    [Fact]
    public void A_reject_without_its_original_record_is_seen()
    {
        var lines = Lines();
        lines[6]["value"] = null;

        Assert.Equal(["""Row 7 (too few cells): expected ["7","Too short"], saw null."""], Check(lines).Differences);
    }

    [Fact]
    public void Lines_out_of_order_are_seen()
    {
        var lines = Lines();
        (lines[3], lines[4]) = (lines[4], lines[3]);

        Assert.Equal(2, Check(lines).Differences.Count);
    }

    [Fact]
    public void A_missing_line_is_seen() =>
        Assert.Equal(["Result lines: expected 10, saw 9."], Check(Lines()[..^1]).Differences);

    [Fact]
    public void Rejects_with_a_cell_that_runs_as_a_formula_are_seen()
    {
        var check = Check(Lines(), rejects: EnrichmentPlan.Rejects(Details).Replace("'=1+1", "=1+1"));

        Assert.StartsWith("Rejects as CSV: ", Assert.Single(check.Differences));
    }

    [Fact]
    public void A_second_call_a_missing_one_and_one_nobody_needed_are_seen()
    {
        var calls = new Dictionary<string, int>(Calls) { ["/people/ann@example.org"] = 2, ["/people/eve"] = 1 };
        calls.Remove("/people/dan@example.org");

        Assert.Equal(
            [
                "Calls of /people/ann@example.org: expected 1, saw 2.",
                "Calls of /people/dan@example.org: expected 1, saw 0.",
                "Calls of /people/eve: expected 0, saw 1.",
            ],
            Check(Lines(), calls: calls).Differences
        );
    }

    [Fact]
    public void A_file_that_was_read_otherwise_is_seen()
    {
        var check = new EnrichmentCheck(Plan);

        check.TakeFile(JsonElement.Parse("""{"columns": ["id;name"], "records": 9, "faulty": 0}"""));

        Assert.Equal(
            [
                "Columns: expected id,name,email,amount,note,note_2,column_7, saw id;name.",
                "Records: expected 10, saw 9.",
                "Faulty records: expected 1, saw 0.",
            ],
            check.Differences
        );
    }

    private static readonly string[] Details = ["\"Two cells, not seven.\"", "Nobody.", "No city."];

    private static EnrichmentCheck Check(
        JsonObject[] lines,
        string? rejects = null,
        Dictionary<string, int>? calls = null
    )
    {
        var check = new EnrichmentCheck(Plan);
        check.TakeFile(
            JsonElement.Parse(
                """
                {"columns": ["id", "name", "email", "amount", "note", "note_2", "column_7"], "records": 10, "faulty": 1}
                """
            )
        );
        check.TakeJob(Job(Plan.Rows.Count - Plan.Failures, Plan.Failures));
        foreach (var line in lines)
            check.TakeLine(JsonElement.Parse(line.ToJsonString()));
        check.TakeRejects(rejects ?? EnrichmentPlan.Rejects(Details));
        check.TakeLookups(calls ?? Calls);
        return check;
    }

    /// <summary>What a server that does everything right would answer.</summary>
    private static JsonObject[] Lines()
    {
        var details = new Queue<string>(Details.Select(detail => detail.Trim('"')));
        return [.. Plan.Rows.Select((row, seq) => Line(seq, row, row.ErrorCode is null ? "" : details.Dequeue()))];
    }

    private static JsonObject Line(int seq, PlannedRow row, string detail)
    {
        var value = JsonNode.Parse(row.Expected.GetRawText())!;
        if (row.ErrorCode is null)
            value["processedAt"] = "2026-01-02T03:04:05.678Z";
        return new JsonObject
        {
            ["seq"] = seq,
            ["key"] = $"{seq + 1}",
            ["state"] = row.ErrorCode is null ? "succeeded" : "failed",
            ["value"] = value,
            ["error"] = row.ErrorCode is { } code ? new JsonObject { ["code"] = code, ["detail"] = detail } : null,
        };
    }

    private static JobView Job(int succeeded, int failed) =>
        new(
            Guid.Empty,
            "enrichment",
            "partially_succeeded",
            "enrichment",
            "normal",
            [],
            default,
            null,
            null,
            new JobProgress(Plan.Rows.Count, succeeded, failed, 0, null, 0, 0),
            null,
            default,
            JobLinks.Of(Guid.Empty),
            null
        );
}
