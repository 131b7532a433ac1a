using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>What tests ask of the HTTP API again and again.</summary>
public sealed class JobClient(HttpClient http)
{
    private static readonly TimeSpan FinishLimit = TimeSpan.FromSeconds(120);

    /// <summary>Submits a fetch job that must be accepted; returns the job as answered.</summary>
    public async Task<JsonElement> SubmitAsync(object submission, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("/v1/jobs/fetch", submission, cancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Submits with <c>Prefer: wait</c>; the job must have finished in that time.</summary>
    public async Task<JsonElement> RunAsync(object submission, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs/fetch");
        request.Headers.Add("Prefer", "wait=60");
        request.Content = JsonContent.Create(submission);
        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonElement.Parse(body);
    }

    public Task<JsonElement> GetAsync(string id, CancellationToken cancellationToken) =>
        http.GetFromJsonAsync<JsonElement>($"/v1/jobs/{id}", cancellationToken);

    /// <summary>Polls until the job satisfies the condition.</summary>
    public async Task<JsonElement> WaitForAsync(
        string id,
        Func<JsonElement, bool> condition,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(FinishLimit);
        while (true)
        {
            using var response = await http.GetAsync($"/v1/jobs/{id}", limit.Token);
            // What the API says while its database is away, as some tests have it.
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                var job = await response.Content.ReadFromJsonAsync<JsonElement>(limit.Token);
                if (condition(job))
                    return job;
            }

            await Task.Delay(50, limit.Token);
        }
    }

    public Task<JsonElement> WaitForEndAsync(string id, CancellationToken cancellationToken) =>
        WaitForAsync(id, job => job.GetProperty("finishedAt").ValueKind != JsonValueKind.Null, cancellationToken);

    /// <summary>All result lines.</summary>
    public async Task<List<JsonElement>> ResultsAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync($"/v1/jobs/{id}/results", cancellationToken);
        return await ReadLinesAsync(response.EnsureSuccessStatusCode(), cancellationToken);
    }

    public static async Task<List<JsonElement>> ReadLinesAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}

/// <summary>Short forms for reading answers.</summary>
public static class Answers
{
    public static string Id(this JsonElement job) => job.GetProperty("id").GetString()!;

    public static string State(this JsonElement job) => job.GetProperty("state").GetString()!;

    public static int Progress(this JsonElement job, string counter) =>
        job.GetProperty("progress").GetProperty(counter).GetInt32();

    /// <summary>The error code of a result line, or null.</summary>
    public static string? ErrorCode(this JsonElement line) =>
        line.GetProperty("error") is { ValueKind: JsonValueKind.Object } error
            ? error.GetProperty("code").GetString()
            : null;
}
