using System.Net;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Jobs.Results;

public sealed class ResultFormatTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static readonly string[] Keys =
    [
        "plain",
        "=1+1",
        "-12.5",
        "a,\"b\"\r\nc",
        "@cmd",
        "+49 30 1",
        "-1e3",
        "\tx",
        "ü",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "application/x-ndjson")]
    [InlineData("*/*", "application/x-ndjson")]
    [InlineData("application/x-ndjson", "application/x-ndjson")]
    [InlineData("text/csv", "text/csv")]
    [InlineData("text/csv; charset=utf-8", "text/csv")]
    [InlineData("text/html, text/csv;q=0.1", "text/csv")]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json; charset=utf-8", "application/json")]
    [InlineData("application/json;q=0.5, text/csv;q=0.9", "text/csv")]
    public async Task Accept_chooses_the_format(string? accept, string contentType)
    {
        var job = await RunAsync();

        using var response = await GetAsync(job, "", accept);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Accept", response.Headers.Vary);
    }

    [Fact]
    public async Task Every_item_has_one_line_in_order_whether_it_succeeded_or_failed()
    {
        var lines = await running.Jobs.ResultsAsync(await RunAsync(), Cancel);

        Assert.Equal(Enumerable.Range(0, Keys.Length), lines.Select(line => line.GetProperty("seq").GetInt32()));
        Assert.Equal(Keys, lines.Select(line => line.GetProperty("key").GetString()));
        Assert.All(
            lines,
            line =>
                Assert.Equal(
                    ["seq", "key", "state", "value", "error", "attempts", "durationMs"],
                    line.EnumerateObject().Select(member => member.Name)
                )
        );
        Assert.Equal(
            """{"code":"http_404","detail":"The host answered 404 Not Found."}""",
            lines[1].GetProperty("error").GetRawText()
        );
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("value").ValueKind);
        Assert.Equal(JsonValueKind.Null, lines[0].GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task A_json_array_holds_the_same_lines()
    {
        var job = await RunAsync();
        var lines = await running.Jobs.ResultsAsync(job, Cancel);

        using var response = await GetAsync(job, "", "application/json");

        var array = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).EnumerateArray();
        Assert.Equal(lines.Select(line => line.GetRawText()), array.Select(line => line.GetRawText()));
    }

    [Theory]
    [InlineData("succeeded", new[] { 0, 2, 4, 6, 8 })]
    [InlineData("failed", new[] { 1, 3, 5, 7 })]
    [InlineData("not_run", new int[0])]
    public async Task A_state_selects_lines_in_every_format(string state, int[] seqs)
    {
        var job = await RunAsync();

        using var ndjson = await GetAsync(job, $"?state={state}", null);
        using var json = await GetAsync(job, $"?state={state}", "application/json");
        using var csv = await GetAsync(job, $"?state={state}", "text/csv");

        var lines = (await ndjson.Content.ReadAsStringAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(seqs, lines.Select(line => JsonElement.Parse(line).GetProperty("seq").GetInt32()));
        var array = JsonElement.Parse(await json.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(seqs, array.EnumerateArray().Select(line => line.GetProperty("seq").GetInt32()));
        var rows = Csv.Parse(await csv.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(seqs, rows.Skip(1).Select(row => int.Parse(row[0])));
    }

    [Fact]
    public async Task Csv_can_be_read_back_and_no_cell_is_a_formula()
    {
        using var response = await GetAsync(await RunAsync(), "", "text/csv");

        var rows = Csv.Parse(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(
            ["seq", "key", "state", "error_code", "error_detail", "attempts", "duration_ms", "value"],
            rows[0]
        );
        Assert.All(rows, row => Assert.Equal(8, row.Count));
        Assert.Equal(
            ["plain", "'=1+1", "-12.5", "a,\"b\"\r\nc", "'@cmd", "'+49 30 1", "-1e3", "'\tx", "ü"],
            rows.Skip(1).Select(row => row[1])
        );
        Assert.Equal(["succeeded", "", ""], rows[1][2..5]);
        Assert.Equal(["failed", "http_404", "The host answered 404 Not Found."], rows[2][2..5]);
        Assert.Equal(0, JsonElement.Parse(rows[1][7]).GetProperty("data").GetProperty("n").GetInt32());
        Assert.Equal("", rows[2][7]);

        using var kept = await GetAsync(await RunAsync(), "?formulas=keep", "text/csv");
        Assert.Equal(
            ["=1+1", "@cmd"],
            Csv.Parse(await kept.Content.ReadAsStringAsync(Cancel))
                .Select(row => row[1])
                .Where(cell => cell[0] is '=' or '@')
        );
    }

    [Fact]
    public async Task The_links_of_a_job_lead_to_its_results_and_errors()
    {
        var job = await running.Jobs.GetAsync(await RunAsync(), Cancel);
        var links = job.GetProperty("links");

        var self = JsonElement.Parse(
            await running.Host.Http.GetStringAsync(links.GetProperty("self").GetString(), Cancel)
        );
        var results = await running.Host.Http.GetStringAsync(links.GetProperty("results").GetString(), Cancel);
        var errors = await running.Host.Http.GetStringAsync(links.GetProperty("errors").GetString(), Cancel);

        Assert.Equal(job.Id(), self.Id());
        Assert.Equal(Keys.Length, results.Count(letter => letter == '\n'));
        Assert.Contains("http_404", errors, StringComparison.Ordinal);
    }

    /// <summary>A finished job of which every other item failed.</summary>
    private async Task<string> RunAsync()
    {
        var urls = Keys.Select(
            (key, n) => new { url = running.Peer.Url + (n % 2 == 0 ? $"/json/{n}" : "/status/404"), key }
        );
        return (await running.Jobs.RunAsync(new { urls }, Cancel)).Id();
    }

    private async Task<HttpResponseMessage> GetAsync(string job, string query, string? accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/results{query}");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return await running.Host.Http.SendAsync(request, Cancel);
    }
}
