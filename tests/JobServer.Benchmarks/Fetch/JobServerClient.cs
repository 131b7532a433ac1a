using System.Net.Http.Headers;
using System.Text.Json;

namespace JobServer.Benchmarks.Fetch;

/// <summary>The few calls of the API a fetch needs.</summary>
internal sealed class JobServerClient(Uri host) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly string[] Finished = ["succeeded", "partially_succeeded", "failed", "cancelled", "expired"];

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        BaseAddress = host,
        Timeout = TimeSpan.FromMinutes(2),
    };

    /// <returns>The job, finished if that took no longer than the server waits, else as accepted.</returns>
    public async Task<JsonElement> SubmitAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/jobs/fetch", UriKind.Relative))
        {
            Content = content,
        };
        request.Headers.Add("Prefer", "wait=60");
        using var answer = await _client.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new IncorrectException(
                $"POST /v1/jobs/fetch: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}"
            );
        }

        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Asks for the job again and again until it is in a state it stays in.</summary>
    public async Task<JsonElement> FinishedAsync(JsonElement job, TimeSpan limit, CancellationToken cancellationToken)
    {
        var id = job.GetProperty("id").GetString();
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            while (!Finished.Contains(job.GetProperty("state").GetString(), StringComparer.Ordinal))
            {
                await Task.Delay(Poll, limited.Token);
                job = await _client.GetFromJsonAsync<JsonElement>(
                    new Uri($"/v1/jobs/{id}", UriKind.Relative),
                    limited.Token
                );
            }

            return job;
        }
        catch (OperationCanceledException)
            when (limited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IncorrectException($"job {id} did not finish within {limit}");
        }
    }

    /// <summary>The failed items of a job, grouped, as text to show.</summary>
    public async Task<string> ErrorsAsync(string id, CancellationToken cancellationToken)
    {
        using var answer = await _client.GetAsync(
            new Uri($"/v1/jobs/{id}/errors", UriKind.Relative),
            cancellationToken
        );
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Hands over the result lines one by one, as they arrive.</summary>
    public async Task ReadResultsAsync(string id, Action<string> take, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/v1/jobs/{id}/results", UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-ndjson"));
        using var answer = await _client.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken
        );
        if (!answer.IsSuccessStatusCode)
        {
            throw new IncorrectException($"GET /v1/jobs/{id}/results: {(int)answer.StatusCode}");
        }

        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            take(line);
        }
    }

    public void Dispose() => _client.Dispose();
}
