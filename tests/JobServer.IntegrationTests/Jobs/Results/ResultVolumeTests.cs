using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Results;

public sealed class ResultVolumeTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly object Wide = new { concurrency = 100, perHostConcurrency = 100 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_items_come_in_order_across_pages()
    {
        const int Count = 2500;
        // Failures lie where pages end and begin, and nowhere else.
        static bool Fails(int n) => n is 0 or 499 or 500 or 1999 or 2499;
        var urls = Enumerable.Range(0, Count).Select(n => running.Peer.Url + (Fails(n) ? "/status/410" : $"/json/{n}"));

        var job = await running.Jobs.RunAsync(new { urls, options = Wide }, Cancel);

        var lines = await running.Jobs.ResultsAsync(job.Id(), Cancel);
        Assert.Equal(Enumerable.Range(0, Count), lines.Select(Seq));
        Assert.All(
            lines,
            line =>
            {
                Assert.Equal(Fails(Seq(line)) ? "http_410" : null, line.ErrorCode());
                if (!Fails(Seq(line)))
                    Assert.Equal(Seq(line), line.GetProperty("value").GetProperty("data").GetProperty("n").GetInt32());
            }
        );
        Assert.Equal([0, 499, 500, 1999, 2499], (await LinesAsync(job.Id(), "?state=failed")).Select(Seq));
        Assert.Equal(Count - 5, (await LinesAsync(job.Id(), "?state=succeeded")).Count);
    }

    [Fact]
    public async Task Large_values_come_in_order_across_pages_that_end_by_size()
    {
        const int Count = 30;
        running.Peer.Answers["/large"] = http =>
        {
            http.Response.ContentType = "text/plain";
            return http.Response.WriteAsync(http.Request.Query["n"] + new string('x', 900 * 1024), http.RequestAborted);
        };
        var urls = Enumerable
            .Range(0, Count)
            .Select(n => running.Peer.Url + (n % 7 == 3 ? "/status/404" : $"/large?n={n}"));

        var job = await running.Jobs.RunAsync(new { urls }, Cancel);

        var lines = await LinesAsync(job.Id(), "");
        Assert.Equal(Enumerable.Range(0, Count), lines.Select(Seq));
        Assert.All(
            lines.Where(line => line.ErrorCode() is null),
            line =>
            {
                var text = line.GetProperty("value").GetProperty("text").GetString()!;
                Assert.Equal($"{Seq(line)}x", text[..$"{Seq(line)}x".Length]);
            }
        );
        Assert.Equal([3, 10, 17, 24], (await LinesAsync(job.Id(), "?state=failed")).Select(Seq));
        Assert.Equal(26, (await LinesAsync(job.Id(), "?state=succeeded")).Count);
    }

    [Fact]
    public async Task Errors_are_grouped_by_code_and_host_with_the_first_as_a_sample()
    {
        await using var other = await Peer.StartAsync();
        string[] urls =
        [
            $"{running.Peer.Url}/json/0",
            $"{other.Url}/status/404",
            .. Enumerable.Repeat($"{running.Peer.Url}/status/404", 3),
            .. Enumerable.Repeat($"{other.Url}/status/410", 2),
            $"{other.Url}/status/404",
        ];
        var job = await running.Jobs.RunAsync(new { urls }, Cancel);

        var errors = await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}/errors", Cancel);

        var groups = JsonElement.Parse(errors).GetProperty("data").EnumerateArray();
        var seen = groups.Select(group =>
            (
                group.GetProperty("code").GetString(),
                group.GetProperty("host").GetString(),
                group.GetProperty("count").GetInt32(),
                group.GetProperty("sample").GetProperty("seq").GetInt32()
            )
        );
        var here = new Uri(running.Peer.Url).Authority;
        var there = new Uri(other.Url).Authority;
        Assert.Equal([("http_404", here, 3, 2), ("http_404", there, 2, 1), ("http_410", there, 2, 5)], seen);
        Assert.Contains("The host answered 410 Gone.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_without_errors_has_no_groups()
    {
        var job = await running.Jobs.RunAsync(new { urls = new[] { $"{running.Peer.Url}/json/1" } }, Cancel);

        Assert.Equal("""{"data":[]}""", await running.Host.Http.GetStringAsync($"/v1/jobs/{job.Id()}/errors", Cancel));
    }

    private static int Seq(JsonElement line) => line.GetProperty("seq").GetInt32();

    private async Task<List<JsonElement>> LinesAsync(string job, string query)
    {
        var text = await running.Host.Http.GetStringAsync($"/v1/jobs/{job}/results{query}", Cancel);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}
