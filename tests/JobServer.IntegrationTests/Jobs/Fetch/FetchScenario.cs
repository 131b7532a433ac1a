using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.AspNetCore.Http;

namespace JobServer.IntegrationTests.Jobs.Fetch;

/// <summary>Short forms for tests that run a fetch job and look at its lines.</summary>
internal static class FetchScenario
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Retries at once, and never for long.</summary>
    public static object Quick(int maxAttempts = 3) =>
        new
        {
            retry = new
            {
                maxAttempts,
                baseDelay = "00:00:00.010",
                maxDelay = "00:00:01",
            },
        };

    /// <summary>Runs a job to its end; returns its result lines.</summary>
    public static async Task<List<JsonElement>> FetchAsync(
        this RunningHost running,
        object options,
        params IEnumerable<string> urls
    )
    {
        var job = await running.Jobs.SubmitAsync(new { urls, options }, Cancel);
        await running.Jobs.WaitForEndAsync(job.Id(), Cancel);
        return await running.Jobs.ResultsAsync(job.Id(), Cancel);
    }

    /// <summary>Answers a path of this test alone; returns its URL.</summary>
    public static string Serve(this Peer peer, RequestDelegate answer)
    {
        var path = $"/{Guid.NewGuid():n}";
        peer.Answers[path] = answer;
        return peer.Url + path;
    }

    /// <summary>Answers with statuses in turn, the last one for ever.</summary>
    public static string ServeStatuses(this Peer peer, params int[] statuses)
    {
        var calls = 0;
        return peer.Serve(http =>
        {
            var call = Interlocked.Increment(ref calls);
            http.Response.StatusCode = statuses[Math.Min(call, statuses.Length) - 1];
            return http.Response.CompleteAsync();
        });
    }

    /// <summary>Calls of a URL that was served.</summary>
    public static int CallsOfUrl(this Peer peer, string url) => peer.CallsOf(new Uri(url).AbsolutePath);

    public static int Attempts(this JsonElement line) => line.GetProperty("attempts").GetInt32();

    public static string Detail(this JsonElement line) => line.GetProperty("error").GetProperty("detail").GetString()!;

    public static JsonElement Value(this JsonElement line, string member) =>
        line.GetProperty("value").GetProperty(member);

    /// <summary>Ends a job that would never end by itself.</summary>
    public static async Task CancelAsync(this RunningHost running, string job)
    {
        using var cancelled = await running.Host.Http.PostAsync($"/v1/jobs/{job}/cancel", content: null, Cancel);
        await running.Jobs.WaitForEndAsync(job, Cancel);
    }
}
