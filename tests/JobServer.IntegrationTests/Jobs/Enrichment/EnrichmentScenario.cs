using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using JobServer.IntegrationTests.Jobs.Results;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Enrichment;

/// <summary>Short forms for tests that upload files, run enrichment jobs, and look at what comes out.</summary>
internal static class EnrichmentScenario
{
    public const string Path = "/v1/jobs/enrichment";

    /// <summary>A step that cannot fail and is the same each time.</summary>
    public static readonly object Mark = new
    {
        type = "set",
        field = "mark",
        value = 1,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A step that asks the peer for the page that each record names.</summary>
    public static object Lookup(this RunningHost running, string onError = "reject") =>
        new
        {
            type = "lookup",
            url = running.Peer.Url + "/{page}",
            into = "found",
            onError,
            cacheFor = "00:00:00",
        };

    /// <summary>Answers <c>{"n":1}</c> once that is done; returns the name of the page.</summary>
    public static string Hold(this Peer peer, Task released) =>
        peer.Page(async http =>
        {
            await released.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsJsonAsync(new { n = 1 }, http.RequestAborted);
        });

    /// <summary>Answers a page of this test alone; returns its name.</summary>
    public static string Page(this Peer peer, RequestDelegate answer) => new Uri(peer.Serve(answer)).AbsolutePath[1..];

    /// <summary>Uploads a file that must be accepted; returns its id.</summary>
    public static Task<string> UploadAsync(this RunningHost running, string text, string query = "") =>
        running.UploadAsync(Encoding.UTF8.GetBytes(text), query);

    public static async Task<string> UploadAsync(this RunningHost running, byte[] bytes, string query = "")
    {
        using var content = new ByteArrayContent(bytes);
        using var response = await running.Host.Http.PostAsync($"/v1/files?{query}", content, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Created, body);
        return JsonElement.Parse(body).Id();
    }

    public static Task<HttpResponseMessage> DeleteFileAsync(this RunningHost running, string id) =>
        running.Host.Http.DeleteAsync($"/v1/files/{id}", Cancel);

    /// <summary>Submits a job that must be accepted; returns its id.</summary>
    public static async Task<string> SubmitAsync(this RunningHost running, object submission)
    {
        using var response = await running.Host.Http.PostAsJsonAsync(Path, submission, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        return JsonElement.Parse(body).Id();
    }

    /// <summary>Runs a job to its end; returns it.</summary>
    public static async Task<JsonElement> EnrichAsync(this RunningHost running, object submission) =>
        await running.Jobs.WaitForEndAsync(await running.SubmitAsync(submission), Cancel);

    /// <summary>Runs one over a file; returns its id.</summary>
    public static async Task<string> EnrichFileAsync(this RunningHost running, string fileId, params object[] steps) =>
        (await running.EnrichAsync(new { input = new { fileId }, steps })).Id();

    /// <summary>Runs one over records written as JSON; returns it.</summary>
    public static async Task<JsonElement> EnrichRecordsAsync(
        this RunningHost running,
        string records,
        params object[] steps
    ) => await running.EnrichAsync(new { input = new { records = JsonElement.Parse(records) }, steps });

    /// <summary>Repeats what did not succeed, to the end of the new job; returns it.</summary>
    public static async Task<JsonElement> RetryAsync(this RunningHost running, string job)
    {
        using var response = await running.Host.Http.PostAsync($"/v1/jobs/{job}/retry", content: null, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        return await running.Jobs.WaitForEndAsync(JsonElement.Parse(body).Id(), Cancel);
    }

    /// <summary>Posts JSON as it stands.</summary>
    public static Task<HttpResponseMessage> PostAsync(this RunningHost running, string path, string json) =>
        running.Host.Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Cancel);

    /// <summary>Results as they are sent.</summary>
    public static async Task<string> ReadAsync(this RunningHost running, string job, string accept, string query = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/results?{query}");
        request.Headers.Add("Accept", accept);
        using var response = await running.Host.Http.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    /// <summary>Results as rows of cells, the header first.</summary>
    public static async Task<List<List<string>>> CsvAsync(this RunningHost running, string job, string query = "") =>
        Csv.Parse(await running.ReadAsync(job, "text/csv", query));

    public static async Task<List<JsonElement>> LinesAsync(this RunningHost running, string job, string query = "") =>
        [
            .. (await running.ReadAsync(job, "application/x-ndjson", query))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonElement.Parse(line, new JsonDocumentOptions { MaxDepth = 128 })),
        ];

    public static int Seq(this JsonElement line) => line.GetProperty("seq").GetInt32();

    public static string Key(this JsonElement line) => line.GetProperty("key").GetString()!;

    /// <summary>The value of a result line as it stands.</summary>
    public static string Raw(this JsonElement line) => line.GetProperty("value").GetRawText();

    /// <summary>Key, state or code, and value of each line, as <c>17 succeeded {…}</c>.</summary>
    public static IEnumerable<string> Outcomes(this IEnumerable<JsonElement> lines) =>
        lines.Select(line => $"{line.Key()} {line.ErrorCode() ?? line.State()} {line.Raw()}");
}
