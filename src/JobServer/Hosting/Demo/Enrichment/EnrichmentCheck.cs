using System.Globalization;
using System.Text.Json;
using JobServer.Jobs;

namespace JobServer.Hosting.Demo.Enrichment;

/// <summary>Compares what the server answers with the plan: the file, the job, every result line, rejects and lookups.</summary>
internal sealed class EnrichmentCheck(EnrichmentPlan plan)
{
    private const string ProcessedAt = "processedAt";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly HashSet<PlannedRow> _asExpected = [];
    private readonly List<string> _rejectDetails = [];
    private int _lines;

    public Differences Differences { get; } = new();

    public bool IsAsExpected(PlannedRow row) => _asExpected.Contains(row);

    public void TakeFile(JsonElement file)
    {
        var columns = file.GetProperty("columns").EnumerateArray().Select(column => column.GetString());
        Differences.Compare("Columns", string.Join(',', EnrichmentPlan.Columns), string.Join(',', columns));
        Differences.Compare("Records", plan.Rows.Count, file.GetProperty("records").GetInt32());
        Differences.Compare("Faulty records", plan.Faulty, file.GetProperty("faulty").GetInt32());
    }

    public void TakeJob(JobView job) => Differences.CompareJob(job, plan.Rows.Count, plan.Failures);

    /// <summary>Takes the next result line: there must be exactly one per row, in order.</summary>
    public void TakeLine(JsonElement line)
    {
        var seq = _lines++;
        if (seq >= plan.Rows.Count)
            return;
        var row = plan.Rows[seq];
        if (line.GetProperty("seq").GetInt32() != seq || line.GetProperty("key").GetString() != $"{seq + 1}")
            Differences.Add($"Result line {seq} is not that of row {seq + 1}.");
        else if (DifferenceOf(row, line) is { } difference)
            Differences.Add($"Row {seq + 1} ({row.Shape}): {difference}.");
        else
            _asExpected.Add(row);
    }

    /// <summary>Takes the failed items as CSV, once the last result line was taken.</summary>
    public void TakeRejects(string csv)
    {
        Differences.Compare("Result lines", plan.Rows.Count, _lines);
        if (_rejectDetails.Count == plan.Failures)
            Differences.Compare("Rejects as CSV", EnrichmentPlan.Rejects(_rejectDetails), csv);
    }

    /// <summary>Takes how often pages of the sample API were asked for.</summary>
    public void TakeLookups(IReadOnlyDictionary<string, int> calls)
    {
        var people = calls.Keys.Where(path => path.StartsWith("/people/", StringComparison.Ordinal));
        var expected = plan.Lookups.ToHashSet();
        foreach (var path in expected.Union(people).Order(StringComparer.Ordinal))
            Differences.Compare($"Calls of {path}", expected.Contains(path) ? 1 : 0, calls.GetValueOrDefault(path));
    }

    private string? DifferenceOf(PlannedRow row, JsonElement line)
    {
        var error = line.GetProperty("error");
        var code = error.ValueKind == JsonValueKind.Object ? error.GetProperty("code").GetString() : null;
        var state = line.GetProperty("state").GetString();
        if (code is not null)
            _rejectDetails.Add(Quoted(error.GetProperty("detail").GetString()!));
        if (code != row.ErrorCode || state != (row.ErrorCode is null ? "succeeded" : "failed"))
            return $"expected {row.ErrorCode ?? "succeeded"}, saw {code ?? state}";
        var (expected, seen) = (row.Expected, line.GetProperty("value"));
        return IsSame(expected, seen) ? null : $"expected {expected.GetRawText()}, saw {seen.GetRawText()}";
    }

    private static bool IsSame(JsonElement expected, JsonElement seen)
    {
        if (expected.ValueKind != JsonValueKind.Object || seen.ValueKind != JsonValueKind.Object)
            return JsonElement.DeepEquals(expected, seen);
        // In order: a client that writes a file of it must get its columns as they were.
        var (wanted, found) = (expected.EnumerateObject().ToArray(), seen.EnumerateObject().ToArray());
        return wanted.Length == found.Length
            && wanted
                .Zip(found)
                .All(pair =>
                    pair.First.Name == pair.Second.Name
                    && (
                        pair.First.Name == ProcessedAt
                            ? IsTime(pair.Second.Value)
                            : JsonElement.DeepEquals(pair.First.Value, pair.Second.Value)
                    )
                );
    }

    private static bool IsTime(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && DateTime.TryParseExact(value.GetString(), TimeFormat, null, DateTimeStyles.None, out _);

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
}
