using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.EnrichmentScenario;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

public sealed class BatchTests(RunningHost running) : IClassFixture<RunningHost>
{
    // Lies in the fifth batch of a hundred, so that there are batches before and after it.
    private const int Held = 450;
    private const int Records = 4000;
    private const int BatchSize = 100;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_size_of_batches_makes_no_difference()
    {
        const int Count = 2345;
        static bool Fails(int id) => id % 111 == 5;
        var rows = Enumerable.Range(0, Count).Select(id => Fails(id) ? $"{id}" : $"{id},\"n\n{id}\"");
        var fileId = await running.UploadAsync($"id,name\n{string.Join('\n', rows)}\n");
        object[] steps =
        [
            Mark,
            new
            {
                type = "score",
                field = "name",
                modulo = 1_000_000,
            },
        ];

        foreach (var batchSize in new[] { 1, 7, 1000, 10_000 })
        {
            var job = await running.EnrichAsync(
                new
                {
                    input = new { fileId },
                    steps,
                    batchSize,
                }
            );

            Assert.Equal((Count, 22), (job.Progress("total"), job.Progress("failed")));
            Assert.Equal(0, job.Progress("pending"));
            Assert.Equal(
                Enumerable
                    .Range(0, Count)
                    .Select(id =>
                        Fails(id)
                            ? $"{id + 1} ragged_row [\"{id}\"]"
                            : $"{id + 1} succeeded {{\"id\":\"{id}\",\"name\":\"n\\n{id}\",\"mark\":1,\"score\":{Score($"n\n{id}")}}}"
                    ),
                (await running.LinesAsync(job.Id())).Outcomes()
            );
            Assert.Equal(22, (await running.LinesAsync(job.Id(), "state=failed")).Count);
        }

        static ulong Score(string text) =>
            text.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL) % 1_000_000;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Large_records_that_fill_pieces_of_their_own_come_out_whole(int batchSize)
    {
        // A piece takes five of the former, none of the latter.
        var sizes = Enumerable.Range(0, 40).Select(n => n == 20 ? 900_000 : 100_000).ToList();
        var rows = sizes.Select((size, n) => n % 9 == 4 ? $"{n}" : $"{n},{new string((char)('a' + n % 26), size)}");
        var fileId = await running.UploadAsync($"n,text\n{string.Join('\n', rows)}\n");

        var job = await running.EnrichAsync(
            new
            {
                input = new { fileId },
                steps = new[] { Mark },
                batchSize,
            }
        );

        var lines = await running.LinesAsync(job.Id());
        Assert.Equal(Enumerable.Range(0, 40), lines.Select(line => line.Seq()));
        Assert.Equal(
            sizes.Select((size, n) => n % 9 == 4 ? "" : $"{n} {(char)('a' + n % 26)} {size} 1"),
            lines.Select(line =>
                line.ErrorCode() is not null
                    ? ""
                    : $"{line.Value("n")} {line.Value("text").GetString()!.Distinct().Single()} {line.Value("text").GetString()!.Length} {line.Value("mark")}"
            )
        );
    }

    [Fact]
    public async Task Results_of_a_running_job_are_its_completed_prefix_without_a_gap()
    {
        var released = new TaskCompletionSource();
        var job = await SubmitHeldAsync(released.Task);

        // What lies behind the record that is held is done, and must not be shown before it.
        var prefix = await PrefixAsync(job, Held / BatchSize * BatchSize);
        var succeeded = await running.LinesAsync(job, "state=succeeded");
        var csv = await running.CsvAsync(job);
        released.SetResult();
        var end = await running.Jobs.WaitForEndAsync(job, Cancel);

        Assert.Equal(prefix.Outcomes(), succeeded.Outcomes());
        Assert.Equal(prefix.Select(line => $"{line.Seq()}"), csv.Skip(1).Select(row => row[0]));
        Assert.Equal(("succeeded", Records), (end.State(), end.Progress("succeeded")));
        var lines = await running.LinesAsync(job);
        Assert.Equal(Enumerable.Range(0, Records), lines.Select(line => line.Seq()));
        Assert.All(lines, line => Assert.Equal($"{line.Seq()}", line.Value("id").GetString()));
    }

    [Fact]
    public async Task A_cancelled_job_keeps_what_is_recorded_and_the_rest_never_ran()
    {
        var job = await SubmitHeldAsync(Task.Delay(Timeout.Infinite, Cancel));
        await PrefixAsync(job, Held / BatchSize * BatchSize);

        // The call it waits for would take ten minutes.
        await running.CancelAsync(job);

        var end = await running.Jobs.GetAsync(job, Cancel);
        var lines = await running.LinesAsync(job);
        Assert.Equal("cancelled", end.State());
        Assert.Equal(Enumerable.Range(0, Records), lines.Select(line => line.Seq()));
        Assert.Equal(end.Progress("succeeded"), lines.Count(line => line.State() == "succeeded"));
        Assert.Equal(end.Progress("pending"), lines.Count(line => line.State() == "not_run"));
        Assert.Equal((0, Records), (end.Progress("failed"), end.Progress("succeeded") + end.Progress("pending")));
        Assert.Equal("not_run", lines[Held].State());
        Assert.Equal(["succeeded", "succeeded"], [lines[0].State(), lines[^1].State()]);
        Assert.Equal(end.Progress("pending"), (await running.LinesAsync(job, "state=not_run")).Count);
    }

    [Fact]
    public async Task A_job_out_of_time_keeps_what_is_recorded_and_fails_each_other_record_once()
    {
        var job = await SubmitHeldAsync(Task.Delay(Timeout.Infinite, Cancel), jobTimeout: "00:00:05");

        var end = await running.Jobs.WaitForEndAsync(job, Cancel);

        var lines = await running.LinesAsync(job);
        Assert.Equal(Enumerable.Range(0, Records), lines.Select(line => line.Seq()));
        Assert.Equal((Records, 0), (end.Progress("succeeded") + end.Progress("failed"), end.Progress("pending")));
        Assert.Equal(end.Progress("succeeded"), lines.Count(line => line.ErrorCode() is null));
        Assert.Equal(end.Progress("failed"), lines.Count(line => line.ErrorCode() == "timeout"));
        Assert.Equal((null, "timeout"), (lines[0].ErrorCode(), lines[Held].ErrorCode()));
        Assert.Equal("partially_succeeded", end.State());
        Assert.Equal(
            lines.Where(line => line.ErrorCode() is not null).Select(line => line.Seq()),
            (await running.LinesAsync(job, "state=failed")).Select(line => line.Seq())
        );
        Assert.Equal(Records + 1, (await running.CsvAsync(job)).Count);
    }

    [Theory]
    [InlineData(30, "partially_succeeded")]
    [InlineData(29, "failed")]
    [InlineData(0, "failed")]
    public async Task More_rejects_than_are_tolerated_make_the_job_fail(int tolerateFailedPercent, string state)
    {
        var job = await running.EnrichAsync(
            new
            {
                input = new { fileId = await running.UploadAsync("a,b\n1,2\n1\n1\n1\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n") },
                steps = new[] { Mark },
                options = new { tolerateFailedPercent },
            }
        );

        Assert.Equal((state, 3), (job.State(), job.Progress("failed")));
    }

    /// <summary>A job of which one record's lookup waits, with all others looked up in no time.</summary>
    private async Task<string> SubmitHeldAsync(Task released, string? jobTimeout = null)
    {
        var held = running.Peer.Hold(released);
        var open = running.Peer.Page(http => http.Response.WriteAsync("1", http.RequestAborted));
        var rows = Enumerable.Range(0, Records).Select(id => $"{id},{(id == Held ? held : open)}");
        var fileId = await running.UploadAsync($"id,page\n{string.Join('\n', rows)}\n");
        return await running.SubmitAsync(
            new
            {
                input = new { fileId },
                steps = new[] { running.Lookup() },
                batchSize = BatchSize,
                options = new { itemTimeout = "00:10:00", jobTimeout },
            }
        );
    }

    /// <summary>Waits until most of the job is done and this much of it is shown; no answer may have a gap.</summary>
    private async Task<List<JsonElement>> PrefixAsync(string job, int length)
    {
        await running.Jobs.WaitForAsync(job, now => now.Progress("succeeded") >= Records / 2, Cancel);
        while (true)
        {
            var lines = await running.LinesAsync(job);
            Assert.Equal(Enumerable.Range(0, lines.Count), lines.Select(line => line.Seq()));
            Assert.All(lines, line => Assert.Equal("succeeded", line.State()));
            Assert.True(lines.Count <= length);
            if (lines.Count == length)
                return lines;
        }
    }
}
