using System.Net;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.EnrichmentScenario;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>Retries of enrichment jobs.</summary>
public sealed class RepeatedRecordsTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exactly_the_records_whose_lookup_failed_are_run_again(bool fromFile)
    {
        var works = false;
        var page = running.Peer.Page(http =>
        {
            http.Response.StatusCode = works ? 200 : 503;
            return works ? http.Response.WriteAsync("""{"n":"now"}""", http.RequestAborted) : Task.CompletedTask;
        });
        var good = running.Peer.Page(http => http.Response.WriteAsync("""{"n":1}""", http.RequestAborted));
        var ids = Enumerable.Range(0, 40).Select(id => (Id: id, Page: id % 7 == 3 ? page : good)).ToList();
        object input = fromFile
            ? new
            {
                fileId = await running.UploadAsync(
                    $"id,page\n{string.Join('\n', ids.Select(r => $"{r.Id},{r.Page}"))}\n"
                ),
            }
            : new { records = ids.Select(r => new { id = $"{r.Id}", page = r.Page }) };
        var job = await running.EnrichAsync(
            new
            {
                input,
                steps = new[] { running.Lookup() },
                options = FetchScenario.Quick(maxAttempts: 1),
                tags = new[] { "again" },
            }
        );

        works = true;
        var again = await running.RetryAsync(job.Id());

        Assert.Equal(6, job.Progress("failed"));
        Assert.Equal(("succeeded", 6), (again.State(), again.Progress("total")));
        Assert.Equal(job.Id(), again.GetProperty("retryOf").GetString());
        Assert.Equal("again", again.GetProperty("tags")[0].GetString());
        Assert.Equal(
            ids.Where(r => r.Page == page)
                .Select(r => $$"""{"id":"{{r.Id}}","page":"{{page}}","found":{"n":"now"} }""".Replace(" ", "")),
            (await running.LinesAsync(again.Id())).Select(line => line.Raw())
        );
        Assert.Equal(["id", "page", "found"], (await running.CsvAsync(again.Id()))[0]);
    }

    [Fact]
    public async Task Records_that_no_step_can_mend_stay_the_rejects_they_are()
    {
        var csv = await running.UploadAsync("a,b\n1\n1,2\n3,4,5\n");
        var json = await running.UploadAsync(
            """
            {"a":1,"a":2}
            nope
            {"a":"\ud800"}
            [1,2]
            null
            """,
            "format=ndjson&onFault=reject"
        );
        string[] files = [csv, json];
        var job = await running.EnrichAsync(new { input = new { files }, steps = new[] { Mark } });

        using var erased = await running.DeleteFileAsync(json);
        var again = await running.RetryAsync(job.Id());
        var third = await running.RetryAsync(again.Id());

        string[] expected =
        [
            "1 ragged_row [\"1\"]",
            "2 ragged_row [\"3\",\"4\",\"5\"]",
            "3 duplicate_member {\"a\":1,\"a\":2}",
            "4 malformed null",
            "5 not_unicode {\"a\":\"\\ud800\"}",
            "6 not_an_object [1,2]",
            "7 not_an_object null",
        ];
        foreach (var repeated in new[] { again, third })
        {
            Assert.Equal("failed", repeated.State());
            Assert.Equal(expected, (await running.LinesAsync(repeated.Id())).Outcomes());
        }

        Assert.Equal(
            await running.ReadAsync(job.Id(), "text/csv", "state=failed"),
            await running.ReadAsync(third.Id(), "text/csv", "state=failed")
        );
    }

    [Fact]
    public async Task What_failed_in_the_source_is_not_taken_for_a_record_of_its_own()
    {
        var source = await running.EnrichRecordsAsync("""[{"a":1},{"b":2}]""", new { type = "score", field = "a" });
        var job = await running.EnrichAsync(new { input = new { fromJob = source.Id() }, steps = new[] { Mark } });

        var again = await running.RetryAsync(job.Id());

        Assert.Equal(["1 source_failed {\"b\":2}"], (await running.LinesAsync(again.Id())).Outcomes());
    }

    [Fact]
    public async Task Records_that_never_ran_are_read_where_they_came_from()
    {
        var released = new TaskCompletionSource();
        var file = await CancelledAsync(running.Peer.Hold(released.Task));
        released.SetResult();

        var again = await running.RetryAsync(file.Job);

        Assert.Equal(("partially_succeeded", file.Pending), (again.State(), again.Progress("total")));
        var never = (await running.LinesAsync(file.Job, "state=not_run")).Select(line => line.Seq()).ToList();
        Assert.Equal(file.Pending, never.Count);
        var lines = await running.LinesAsync(again.Id());
        Assert.Equal((0, "succeeded"), (never[0], lines[0].State()));
        Assert.Equal(
            never.Skip(1).Select(id => id == 1777 ? "[\"1777\"]" : $$"""{"id":"{{id}}","page":""}"""),
            lines.Skip(1).Select(line => line.Raw())
        );
        Assert.Equal(
            never.Skip(1).Select(id => id == 1777 ? "ragged_row" : "missing_field"),
            lines.Skip(1).Select(line => line.ErrorCode())
        );
    }

    [Fact]
    public async Task A_file_erased_since_is_a_reason_not_to_repeat_what_never_ran()
    {
        var file = await CancelledAsync(running.Peer.Hold(Task.Delay(Timeout.Infinite, Cancel)));
        using var erased = await running.DeleteFileAsync(file.Id);
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        var before = await StoredRows.CountAsync(running.Database, Cancel);

        using var response = await running.Host.Http.PostAsync($"/v1/jobs/{file.Job}/retry", content: null, Cancel);

        var problem = await response.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Equal(
            $"The file {file.Id}, which its records were read from, was erased.",
            problem.GetProperty("detail").GetString()
        );
        Assert.Equal(before, await StoredRows.CountAsync(running.Database, Cancel));
    }

    [Fact]
    public async Task A_job_without_a_reject_has_nothing_to_repeat()
    {
        var job = await running.EnrichRecordsAsync("""[{"a":1}]""", Mark);
        var before = await StoredRows.CountAsync(running.Database, Cancel);

        using var response = await running.Host.Http.PostAsync($"/v1/jobs/{job.Id()}/retry", content: null, Cancel);

        await response.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.Equal(before, await StoredRows.CountAsync(running.Database, Cancel));
    }

    /// <summary>A job over 3,000 rows, cancelled while the first one's lookup was held.</summary>
    private async Task<(string Id, string Job, int Pending)> CancelledAsync(string page)
    {
        var rows = Enumerable.Range(0, 3000).Select(id => id == 1777 ? $"{id}" : $"{id},{(id == 0 ? page : "")}");
        var id = await running.UploadAsync($"id,page\n{string.Join('\n', rows)}\n");
        var job = await running.SubmitAsync(
            new
            {
                input = new { fileId = id },
                steps = new[] { running.Lookup() },
                batchSize = 10_000,
                options = new { itemTimeout = "00:10:00" },
            }
        );
        await Until.TrueAsync(() => running.Peer.CallsOf($"/{page}") > 0, Cancel);
        await running.CancelAsync(job);
        var end = await running.Jobs.GetAsync(job, Cancel);
        Assert.Equal("cancelled", end.State());
        return (id, job, end.Progress("pending"));
    }
}
