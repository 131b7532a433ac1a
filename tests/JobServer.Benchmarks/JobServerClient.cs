using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;

namespace JobServer.Benchmarks;

/// <summary>The few calls of the API the benchmarks need.</summary>
internal sealed class JobServerClient(JobServerHost host) : IDisposable
{
    public const string Csv = MediaTypeNames.Text.Csv;

    private const string Ndjson = "application/x-ndjson";
    private const int FileBufferBytes = 1 << 20;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly string[] Finished = ["succeeded", "partially_succeeded", "failed", "cancelled", "expired"];

    // Long enough for the upload of the largest file.
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        BaseAddress = host.Address,
        Timeout = TimeSpan.FromMinutes(30),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", host.Key) },
    };

    /// <returns>The job, finished if that took no longer than the server waits, else as accepted.</returns>
    public async Task<JsonElement> SubmitAsync(string kind, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        using var request = Request(HttpMethod.Post, $"/v1/jobs/{kind}");
        request.Content = content;
        request.Headers.Add("Prefer", "wait=60");
        using var answer = await SendAsync(request, cancellationToken);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Asks for the job again and again until it is in a state it stays in.</summary>
    public async Task<JsonElement> FinishedAsync(JsonElement job, TimeSpan limit, CancellationToken cancellationToken)
    {
        var id = IdOf(job);
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

    /// <summary>See <see cref="JobCheck.AllSucceeded"/>; its failed items are shown too.</summary>
    public async Task CheckAsync(JsonElement job, long items, CancellationToken cancellationToken)
    {
        try
        {
            JobCheck.AllSucceeded(job, items);
        }
        catch (IncorrectException incorrect)
        {
            throw new IncorrectException($"{incorrect.Message}\n{await ErrorsAsync(IdOf(job), cancellationToken)}");
        }
    }

    /// <summary>What a benchmark job found.</summary>
    public async Task<JsonElement> ReportAsync(string id, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, $"/v1/jobs/{id}/report");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Application.Json));
        using var answer = await SendAsync(request, cancellationToken);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Hands over the result lines one by one, as they arrive.</summary>
    public Task ReadResultLinesAsync(string id, Action<string> take, CancellationToken cancellationToken) =>
        ReadResultsAsync(
            id,
            Ndjson,
            async stream =>
            {
                using var reader = new StreamReader(stream);
                while (await reader.ReadLineAsync(cancellationToken) is { } line)
                {
                    take(line);
                }
            },
            cancellationToken
        );

    /// <summary>Hands over the results as they arrive.</summary>
    public async Task ReadResultsAsync(
        string id,
        string contentType,
        Func<Stream, Task> read,
        CancellationToken cancellationToken
    )
    {
        using var request = Request(HttpMethod.Get, $"/v1/jobs/{id}/results");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(contentType));
        using var answer = await SendAsync(request, cancellationToken);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await read(stream);
    }

    /// <returns>The file as the server describes it.</returns>
    public async Task<JsonElement> UploadAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.Read,
            FileBufferBytes,
            useAsync: true
        );
        using var content = new StreamContent(file, FileBufferBytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(Csv);
        using var request = Request(HttpMethod.Post, $"/v1/files?name={Path.GetFileName(path)}");
        request.Content = content;
        using var answer = await SendAsync(request, cancellationToken);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Erases a finished job and then the file it read, so that the database does not grow from round to round.</summary>
    public async Task DeleteAsync(JsonElement job, JsonElement file, CancellationToken cancellationToken)
    {
        foreach (var path in new[] { $"/v1/jobs/{IdOf(job)}", $"/v1/files/{IdOf(file)}" })
        {
            using var request = Request(HttpMethod.Delete, path);
            using var answer = await SendAsync(request, cancellationToken);
        }
    }

    public static string IdOf(JsonElement resource) => resource.GetProperty("id").GetString()!;

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(HttpMethod method, string path) =>
        new(method, new Uri(path, UriKind.Relative));

    /// <summary>The failed items of a job, grouped, as text to show.</summary>
    private async Task<string> ErrorsAsync(string id, CancellationToken cancellationToken)
    {
        using var answer = await _client.GetAsync(
            new Uri($"/v1/jobs/{id}/errors", UriKind.Relative),
            cancellationToken
        );
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>The answer once its headers are there.</summary>
    /// <exception cref="IncorrectException">It is not of the 2xx.</exception>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw new IncorrectException(
                $"{request.Method} {request.RequestUri}: {(int)answer.StatusCode} "
                    + await answer.Content.ReadAsStringAsync(cancellationToken)
            );
        }
    }
}
