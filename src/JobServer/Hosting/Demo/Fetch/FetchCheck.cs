using System.Text.Json;
using JobServer.Jobs;

namespace JobServer.Hosting.Demo.Fetch;

/// <summary>Compares what the server answers with the plan: the job, every result line, and the grouped errors.</summary>
internal sealed class FetchCheck(FetchPlan plan)
{
    private readonly Dictionary<string, int> _asExpected = [];
    private int _lines;

    public Differences Differences { get; } = new();

    /// <summary>How many items of a kind of page came to what was expected.</summary>
    public int AsExpected(string page) => _asExpected.GetValueOrDefault(page);

    public void TakeJob(JobView job) => Differences.CompareJob(job, plan.Items.Count, plan.Failures);

    /// <summary>Takes the next result line: there must be exactly one per item, in order.</summary>
    public void TakeLine(JsonElement line)
    {
        var seq = _lines++;
        if (seq >= plan.Items.Count)
            return;
        var item = plan.Items[seq];
        if (line.GetProperty("seq").GetInt32() != seq || line.GetProperty("key").GetString() != item.Url.OriginalString)
            Differences.Add($"Result line {seq} is not that of {item.Url}.");
        else if (item.Expected.Difference(line) is { } difference)
            Differences.Add($"{item.Url}: {difference}.");
        else
            _asExpected[item.Page] = AsExpected(item.Page) + 1;
    }

    /// <summary>Takes the failed items as grouped by code and host, once the last result line was taken.</summary>
    public void TakeErrors(ErrorPage errors)
    {
        Differences.Compare("Result lines", plan.Items.Count, _lines);
        var expected = plan
            .Items.Where(item => item.Expected.ErrorCode is not null)
            .CountBy(item => $"{item.Expected.ErrorCode} at {item.Url.Authority}")
            .ToDictionary();
        var seen = errors.Data.ToDictionary(group => $"{group.Code} at {group.Host}", group => group.Count);
        foreach (var group in expected.Keys.Union(seen.Keys).Order(StringComparer.Ordinal))
            Differences.Compare($"Errors {group}", expected.GetValueOrDefault(group), seen.GetValueOrDefault(group));
    }
}
