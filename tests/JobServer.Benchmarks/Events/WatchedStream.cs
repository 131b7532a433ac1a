using System.Net.ServerSentEvents;
using System.Text.Json;

namespace JobServer.Benchmarks.Events;

/// <summary>One client's stream of a job's events.</summary>
internal sealed class WatchedStream(HttpResponseMessage answer, Stream stream)
{
    public static async Task<WatchedStream> OpenAsync(
        HttpClient client,
        string job,
        CancellationToken cancellationToken
    )
    {
        var answer = await client.GetAsync(
            new Uri($"/v1/jobs/{job}/events", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken
        );
        answer.EnsureSuccessStatusCode();
        return new WatchedStream(answer, await answer.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <returns>How many events came.</returns>
    /// <exception cref="IncorrectException">The stream ended without the job's end and its final counts.</exception>
    public async Task<int> ReadToEndAsync(int items, CancellationToken cancellationToken)
    {
        using var _ = answer;
        var events = 0;
        SseItem<string> last = default;
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            events++;
            last = item;
        }

        var isWhole =
            events > 0
            && last.EventType == "end"
            && JsonElement.Parse(last.Data) is var end
            && end.GetProperty("state").GetString() == "succeeded"
            && end.GetProperty("progress").GetProperty("succeeded").GetInt32() == items;
        return isWhole
            ? events
            : throw new IncorrectException($"a stream ended with {last.EventType} {last.Data} after {events} events");
    }
}
