using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Faults;

/// <summary>Submits jobs to whichever host there is, and writes down what it is answered, and nothing else.</summary>
/// <param name="host">Asked for each attempt: the host of a moment ago may be gone.</param>
internal sealed class Client(ClientRecord record, Func<HttpClient> host, string peer)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Submits once; with a key again and again until there is a 202. False when there was none: that job may exist or not.
    /// </summary>
    public async Task<bool> SubmitAsync(Sent sent, int slowMilliseconds, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryAsync(sent, slowMilliseconds, cancellationToken))
                return true;
            if (!sent.HasKey)
                return false;
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task<bool> TryAsync(Sent sent, int slowMilliseconds, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/jobs/{sent.Kind}");
        request.Content = JsonContent.Create(Body(sent, slowMilliseconds));
        if (sent.HasKey)
            request.Headers.Add("Idempotency-Key", $"{record.Name}-{sent.Number}");
        try
        {
            using var answer = await host().SendAsync(request, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.Accepted)
            {
                record.Accept(sent, (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).Id());
                return true;
            }

            record.Refuse($"{(int)answer.StatusCode}");
            if (!IsExcused(answer, sent))
                record.Wrong.Add($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException
                || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            record.Refuse("connection");
        }

        return false;
    }

    /// <summary>A database that is away is said so; a key whose first request is under way too.</summary>
    private static bool IsExcused(HttpResponseMessage answer, Sent sent) =>
        answer.StatusCode switch
        {
            HttpStatusCode.ServiceUnavailable => answer.Headers.RetryAfter is not null
                && answer.Content.Headers.ContentType?.MediaType == "application/problem+json",
            HttpStatusCode.Conflict => sent.HasKey,
            _ => false,
        };

    private object Body(Sent sent, int slowMilliseconds)
    {
        string[] tags = [record.Name, sent.Tag];
        if (sent.Kind == "fetch")
            return new { urls = sent.ItemNumbers.Select(item => $"{peer}/slow/{slowMilliseconds}/{item}"), tags };
        var lookup = new
        {
            type = "lookup",
            url = $"{peer}/slow/{slowMilliseconds}/{{item}}",
            select = new { n = "$.n" },
        };
        return new
        {
            input = new { records = sent.ItemNumbers.Select(item => new { item }) },
            steps = new[] { lookup },
            tags,
        };
    }
}
