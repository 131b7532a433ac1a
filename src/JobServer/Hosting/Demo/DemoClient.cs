using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using JobServer.Jobs;

namespace JobServer.Hosting.Demo;

/// <summary>Talks to the server as any client would: by HTTP.</summary>
internal sealed class DemoClient(Uri server) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = server,
        Timeout = TimeSpan.FromSeconds(30),
    };

    public async Task<JobView> SubmitAsync(DemoPlan plan, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsJsonAsync("/v1/jobs/fetch", plan.Submission, cancellationToken);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JobView>(cancellationToken))!;
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
        answer.EnsureSuccessStatusCode();
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
            yield return JsonElement.Parse(line);
    }

    public async Task<ErrorPage> ErrorsAsync(JobView job, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync<ErrorPage>(job.Links.Errors, cancellationToken))!;

    public void Dispose() => _http.Dispose();
}
