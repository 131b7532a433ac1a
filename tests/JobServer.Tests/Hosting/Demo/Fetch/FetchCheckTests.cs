using System.Text.Json;
using System.Text.Json.Nodes;
using JobServer.Hosting.Demo;
using JobServer.Hosting.Demo.Fetch;
using JobServer.Jobs;

namespace JobServer.Tests.Hosting.Demo.Fetch;

public sealed class FetchCheckTests
{
    private static readonly FetchPlan Plan = new(new Uri("http://127.0.0.1:4000/"));
    private static readonly ErrorGroupView[] ExpectedErrors =
    [
        .. Plan
            .Items.Where(item => item.Expected.ErrorCode is not null)
            .GroupBy(item => (item.Expected.ErrorCode, item.Url.Authority))
            .Select(group => new ErrorGroupView(
                group.Key.ErrorCode!,
                group.Key.Authority,
                group.Count(),
                new ErrorSample(0, "")
            )),
    ];

    [Fact]
    public void A_job_that_went_as_planned_has_no_differences()
    {
        var check = Check(Lines(), ExpectedErrors);

        Assert.Empty(check.Differences);
        Assert.All(
            Plan.Items.GroupBy(item => item.Page),
            page => Assert.Equal(page.Count(), check.AsExpected(page.Key))
        );
    }

    [Fact]
    public void A_line_with_another_outcome_is_named_by_its_url()
    {
        var lines = Lines();
        var seq = Plan.Items.ToList().FindIndex(item => item.Page == "/missing/N");
        lines[seq]["attempts"] = 2;

        var check = Check(lines, ExpectedErrors);

        Assert.Equal([$"{Plan.Items[seq].Url}: expected http_404, saw http_404, attempt 2."], check.Differences);
        Assert.Equal(Plan.Items.Count(item => item.Page == "/missing/N") - 1, check.AsExpected("/missing/N"));
    }

    [Fact]
    public void A_missing_line_is_seen()
    {
        var check = Check(Lines()[..^1], ExpectedErrors);

        Assert.Equal([$"Result lines: expected {Plan.Items.Count}, saw {Plan.Items.Count - 1}."], check.Differences);
    }

    [Fact]
    public void A_line_too_many_is_seen()
    {
        var lines = Lines();

        var check = Check([.. lines, lines[^1]], ExpectedErrors);

        Assert.Equal([$"Result lines: expected {Plan.Items.Count}, saw {Plan.Items.Count + 1}."], check.Differences);
    }

    [Fact]
    public void Lines_out_of_order_are_seen()
    {
        var lines = Lines();
        (lines[3], lines[4]) = (lines[4], lines[3]);

        Assert.Equal(2, Check(lines, ExpectedErrors).Differences.Count);
    }

    [Fact]
    public void Errors_grouped_otherwise_are_seen()
    {
        var check = Check(Lines(), [.. ExpectedErrors.Where(group => group.Code != "http_404")]);

        Assert.Equal(["Errors http_404 at 127.0.0.1:4000: expected 20, saw 0."], check.Differences);
    }

    [Fact]
    public void A_job_that_never_ran_differs_in_its_state_and_counts()
    {
        var check = new FetchCheck(Plan);

        check.TakeJob(Job("queued", 0, 0));

        Assert.Equal(3, check.Differences.Count);
        Assert.Equal("The job's state: expected partially_succeeded, saw queued.", check.Differences.First());
    }

    private static FetchCheck Check(JsonObject[] lines, ErrorGroupView[] errors)
    {
        var check = new FetchCheck(Plan);
        check.TakeJob(Job("partially_succeeded", Plan.Items.Count - Plan.Failures, Plan.Failures));
        foreach (var line in lines)
            check.TakeLine(JsonElement.Parse(line.ToJsonString()));
        check.TakeErrors(new ErrorPage(errors));
        return check;
    }

    /// <summary>What a server that does everything right would answer.</summary>
    private static JsonObject[] Lines() => [.. Plan.Items.Select((item, seq) => Line(seq, item))];

    private static JsonObject Line(int seq, PlannedUrl item)
    {
        var n = int.TryParse(item.Url.Segments[^1], out var number) ? number : 0;
        return new JsonObject
        {
            ["seq"] = seq,
            ["key"] = item.Url.OriginalString,
            ["value"] = new JsonObject
            {
                ["finalUrl"] = $"http://127.0.0.1:4000/users/{n}",
                ["data"] = new JsonObject { ["id"] = n },
                ["text"] = SampleApi.TextOf(n),
                ["sha256"] = Convert.ToHexStringLower(
                    System.Security.Cryptography.SHA256.HashData(SampleApi.BytesOf(n))
                ),
            },
            ["error"] = item.Expected.ErrorCode is { } code ? new JsonObject { ["code"] = code } : null,
            ["attempts"] = item.Expected.Attempts,
        };
    }

    private static JobView Job(string state, int succeeded, int failed) =>
        new(
            Guid.Empty,
            "fetch",
            state,
            "fetch",
            "normal",
            [],
            default,
            null,
            null,
            new JobProgress(Plan.Items.Count, succeeded, failed, Plan.Items.Count - succeeded - failed, null, 0, 0),
            null,
            default,
            JobLinks.Of(Guid.Empty),
            null
        );
}
