using System.Net;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.EnrichmentScenario;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>Records that are the results of another job.</summary>
public sealed class SourceJobTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Results_of_a_fetch_are_records_and_its_failed_items_rejects()
    {
        var urls = Enumerable
            .Range(0, 650)
            .Select(n => running.Peer.Url + (n % 100 == 7 ? "/status/404" : $"/json/{n}"));
        var options = new { concurrency = 50, perHostConcurrency = 50 };
        var fetch = await running.Jobs.RunAsync(new { urls, options }, Cancel);

        var job = await FromAsync(fetch.Id(), Mark, new { type = "score", field = "status" });

        Assert.Equal((650, 643, 7), (job.Progress("total"), job.Progress("succeeded"), job.Progress("failed")));
        var lines = await running.LinesAsync(job.Id());
        Assert.All(
            lines,
            line =>
            {
                var isFailed = line.Seq() % 100 == 7;
                Assert.Equal(isFailed ? "source_failed" : null, line.ErrorCode());
                Assert.Equal($"{line.Seq() + 1}", line.Key());
                if (!isFailed)
                    Assert.Equal(line.Seq(), line.Value("data").GetProperty("n").GetInt32());
            }
        );
        Assert.Equal("Item 7 of the job it comes from: http_404: The host answered 404 Not Found.", lines[7].Detail());
        var rows = await running.CsvAsync(job.Id(), "state=succeeded");
        Assert.Equal(["mark", "score"], rows[0][^2..]);
        Assert.Equal(643, rows.Count - 1);
        Assert.Equal("""{"n":0}""", rows[1][rows[0].IndexOf("data")]);
    }

    [Fact]
    public async Task Pages_that_no_record_can_hold_are_rejects_and_the_others_come_out_in_every_format()
    {
        var deep = new string('[', 200) + new string(']', 200);
        string[] pages = [deep, "\"\\ud83d\"", """{"a":1,"a":"=2"}""", "null"];
        var urls = pages.Select(page =>
            running.Peer.Serve(http =>
            {
                http.Response.ContentType = "application/json";
                return http.Response.WriteAsync(page, http.RequestAborted);
            })
        );
        var fetch = await running.Jobs.SubmitAsync(new { urls }, Cancel);
        await running.Jobs.WaitForEndAsync(fetch.Id(), Cancel);

        var job = await FromAsync(fetch.Id(), Mark, new { type = "score", field = "data" });

        var lines = await running.LinesAsync(job.Id());
        Assert.Equal(["too_deep", "not_unicode", null, "missing_field"], lines.Select(line => line.ErrorCode()));
        Assert.Equal(pages[2], lines[2].Value("data").GetRawText());
        var rows = await running.CsvAsync(job.Id());
        Assert.Equal(pages[2], rows[3][rows[0].IndexOf("data")]);
    }

    [Fact]
    public async Task Results_of_an_enrichment_of_several_formats_are_records_again()
    {
        string[] files =
        [
            await running.UploadAsync("a,b\n1,2\n3\n5,6\n"),
            await running.UploadAsync("""[{"x":{"y":1}},8]"""),
            await running.UploadAsync("b;c\n7;8\n"),
        ];
        var first = await running.EnrichAsync(new { input = new { files }, steps = new[] { Mark } });

        var job = await FromAsync(
            first.Id(),
            new
            {
                type = "rename",
                from = "b",
                to = "z",
            }
        );

        Assert.Equal(
            [
                """1 succeeded {"a":"1","z":"2","mark":1}""",
                """2 source_failed ["3"]""",
                """3 succeeded {"a":"5","z":"6","mark":1}""",
                """4 succeeded {"x":{"y":1},"mark":1}""",
                "5 source_failed 8",
                """6 succeeded {"z":"7","c":"8","mark":1}""",
            ],
            (await running.LinesAsync(job.Id())).Outcomes()
        );
        Assert.Equal(
            ["a|z|x|c|mark", "1|2|||1", "5|6|||1", "||{\"y\":1}||1", "|7||8|1"],
            (await running.CsvAsync(job.Id(), "state=succeeded")).Select(row => string.Join('|', row))
        );
    }

    [Fact]
    public async Task Batches_may_be_cut_elsewhere_than_those_of_the_source()
    {
        static bool Fails(int id) => id % 97 == 0;
        var rows = Enumerable.Range(0, 2000).Select(id => Fails(id) ? $"{id}" : $"{id},n{id}");
        var fileId = await running.UploadAsync($"id,name\n{string.Join('\n', rows)}\n");
        var first = await running.EnrichAsync(
            new
            {
                input = new { fileId },
                steps = new[] { Mark },
                batchSize = 300,
            }
        );

        var job = await running.EnrichAsync(
            new
            {
                input = new { fromJob = first.Id() },
                steps = new[] { new { type = "drop", field = "mark" } },
                batchSize = 70,
            }
        );

        Assert.Equal(
            Enumerable
                .Range(0, 2000)
                .Select(id =>
                    Fails(id)
                        ? $"{id + 1} source_failed [\"{id}\"]"
                        : $"{id + 1} succeeded {{\"id\":\"{id}\",\"name\":\"n{id}\"}}"
                ),
            (await running.LinesAsync(job.Id())).Outcomes()
        );
    }

    [Fact]
    public async Task Items_that_never_ran_are_rejects()
    {
        var urls = new[] { $"{running.Peer.Url}/json/0", $"{running.Peer.Url}/hang", $"{running.Peer.Url}/json/2" };
        var options = new { itemTimeout = "00:10:00" };
        var fetch = (await running.Jobs.SubmitAsync(new { urls, options }, Cancel)).Id();
        await running.Jobs.WaitForAsync(fetch, job => job.Progress("pending") == 1, Cancel);
        await running.CancelAsync(fetch);

        var job = await FromAsync(fetch, Mark);

        var lines = await running.LinesAsync(job.Id());
        Assert.Equal([null, "source_failed", null], lines.Select(line => line.ErrorCode()));
        Assert.Equal(
            "Item 1 of the job it comes from: not_run: The job ended before this item was run.",
            lines[1].Detail()
        );
    }

    [Fact]
    public async Task A_source_that_is_unknown_or_unfinished_is_refused()
    {
        var options = new { itemTimeout = "00:10:00" };
        var hanging = await running.Jobs.SubmitAsync(
            new { urls = new[] { $"{running.Peer.Url}/hang" }, options },
            Cancel
        );
        var unknown = Guid.CreateVersion7();

        foreach (var path in new[] { EnrichmentScenario.Path, $"{EnrichmentScenario.Path}/plan" })
        {
            Assert.Matches("^names a job that is (queued|running); wait", await RefusalAsync(path, hanging.Id()));
            Assert.Equal($"names the job {unknown}, which does not exist", await RefusalAsync(path, $"{unknown}"));
        }

        await running.CancelAsync(hanging.Id());
    }

    [Fact]
    public async Task A_source_cannot_be_erased_while_an_unfinished_job_reads_it()
    {
        var held = new TaskCompletionSource();
        var page = running.Peer.Hold(held.Task);
        var source = await running.EnrichRecordsAsync($$"""[{"page":"{{page}}"}]""", Mark);
        var job = await running.SubmitAsync(
            new { input = new { fromJob = source.Id() }, steps = new[] { running.Lookup() } }
        );

        using var refused = await running.Host.Http.DeleteAsync($"/v1/jobs/{source.Id()}", Cancel);
        held.SetResult();
        await running.Jobs.WaitForEndAsync(job, Cancel);
        using var erased = await running.Host.Http.DeleteAsync($"/v1/jobs/{source.Id()}", Cancel);

        var problem = await refused.ReadProblemAsync(HttpStatusCode.Conflict, "wrong-state", Cancel);
        Assert.StartsWith(
            "A job that has not ended reads from its results",
            problem.GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        Assert.Equal("succeeded", Assert.Single(await running.LinesAsync(job)).State());
    }

    private async Task<string> RefusalAsync(string path, string source)
    {
        using var response = await running.PostAsync(
            path,
            $$"""{"input":{"fromJob":"{{source}}"},"steps":[{"type":"processedAt"}]}"""
        );
        var problem = await response.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request", Cancel);
        Assert.Equal(["input.fromJob"], problem.Fields());
        return problem.Fault("input.fromJob");
    }

    private Task<JsonElement> FromAsync(string fromJob, params object[] steps) =>
        running.EnrichAsync(new { input = new { fromJob }, steps });
}
