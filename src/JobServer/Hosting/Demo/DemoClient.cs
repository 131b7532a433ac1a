using System.Net.Http.Headers;
using System.Net.Mime;
using System.Runtime.CompilerServices;
using System.Text.Json;
using JobServer.Access;
using JobServer.Jobs;
using JobServer.Jobs.Benchmark.Report;

namespace JobServer.Hosting.Demo;

/// <summary>Talks to the server as any client would: by HTTP.</summary>
internal sealed class DemoClient(Uri server, string key) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = server,
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue(KeyScheme.Name, key) },
    };

    /// <summary>Submits a job of the kind.</summary>
    public async Task<JobView> SubmitAsync(string kind, object submission, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsJsonAsync($"/v1/jobs/{kind}", submission, cancellationToken);
        await RequireSuccessAsync(answer, cancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JobView>(cancellationToken))!;
    }

    /// <summary>Uploads a CSV; returns the file as the server describes it.</summary>
    public async Task<JsonElement> UploadAsync(string name, byte[] csv, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(csv);
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Text.Csv);
        using var answer = await _http.PostAsync($"/v1/files?name={name}", content, cancellationToken);
        await RequireSuccessAsync(answer, cancellationToken);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>The job again and again until it has finished, or until the limit is over.</summary>
    public async IAsyncEnumerable<JobView> FollowAsync(
        JobView job,
        TimeSpan limit,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var begun = TimeProvider.System.GetTimestamp();
        yield return job;
        while (job.FinishedAt is null && TimeProvider.System.GetElapsedTime(begun) < limit)
        {
            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
            job = (await _http.GetFromJsonAsync<JobView>(job.Links.Self, cancellationToken))!;
            yield return job;
        }
    }

    /// <summary>The result lines, one by one as they arrive.</summary>
    public async IAsyncEnumerable<JsonElement> ResultsAsync(
        JobView job,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, job.Links.Results);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/x-ndjson"));
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await RequireSuccessAsync(answer, cancellationToken);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
            yield return JsonElement.Parse(line);
    }

    public async Task<ErrorPage> ErrorsAsync(JobView job, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<ErrorPage>(job.Links.Errors, cancellationToken))!;

    /// <summary>What a benchmark found.</summary>
    public async Task<BenchmarkReport> ReportAsync(JobView job, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<BenchmarkReport>(job.Links.Report, cancellationToken))!;

    /// <summary>The failed items as CSV.</summary>
    public async Task<string> RejectsAsync(JobView job, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{job.Links.Results}?state=failed");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Text.Csv));
        using var answer = await _http.SendAsync(request, cancellationToken);
        await RequireSuccessAsync(answer, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static async Task RequireSuccessAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException(
                $"{answer.RequestMessage!.RequestUri} answered {(int)answer.StatusCode} "
                    + await answer.Content.ReadAsStringAsync(cancellationToken)
            );
    }
}
