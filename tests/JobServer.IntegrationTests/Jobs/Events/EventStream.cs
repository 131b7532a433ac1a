using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace JobServer.IntegrationTests.Jobs.Events;

/// <summary>One event as a client received it.</summary>
internal sealed record ReceivedEvent(string Type, string? Id, string Data)
{
    public JsonElement Json => JsonElement.Parse(Data);

    public string? State => Type is "state" or "end" ? Json.GetProperty("state").GetString() : null;
}

/// <summary>A job's events as one client reads them; heartbeats are skipped.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    // An event that does not come fails its test.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _limit;
    private readonly HttpResponseMessage _response;
    private readonly SseParser<string> _parser;
    private readonly IAsyncEnumerator<SseItem<string>> _items;
    private readonly string? _resumed;

    private EventStream(
        HttpResponseMessage response,
        Stream stream,
        string? resumed,
        CancellationToken cancellationToken
    )
    {
        _resumed = resumed;
        _response = response;
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _limit.CancelAfter(Limit);
        _parser = SseParser.Create(stream);
        _items = _parser.EnumerateAsync(_limit.Token).GetAsyncEnumerator(_limit.Token);
    }

    public HttpResponseMessage Response => _response;

    /// <summary>What a client that is cut off now would go on from.</summary>
    public string? LastEventId => _parser.LastEventId is { Length: > 0 } id ? id : _resumed;

    public static async Task<EventStream> OpenAsync(
        HttpClient http,
        string job,
        CancellationToken cancellationToken,
        string? lastEventId = null
    )
    {
        var response = await SendAsync(http, job, cancellationToken, lastEventId);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventStream(
            response,
            await response.Content.ReadAsStreamAsync(cancellationToken),
            lastEventId,
            cancellationToken
        );
    }

    public static Task<HttpResponseMessage> SendAsync(
        HttpClient http,
        string job,
        CancellationToken cancellationToken,
        string? lastEventId = null
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/jobs/{job}/events");
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>The next event; null when the server has closed the stream.</summary>
    public async Task<ReceivedEvent?> NextAsync()
    {
        while (await _items.MoveNextAsync())
        {
            var item = _items.Current;
            if (item.EventType != "heartbeat")
                return new ReceivedEvent(item.EventType, item.EventId, item.Data);
        }

        return null;
    }

    /// <summary>Events up to the first that satisfies the condition, that one included; fails when the stream ends before.</summary>
    public async Task<List<ReceivedEvent>> UntilAsync(Func<ReceivedEvent, bool> condition)
    {
        var received = new List<ReceivedEvent>();
        while (received is not [.., var last] || !condition(last))
            received.Add(await NextAsync() ?? throw new EndOfStreamException("The stream ended too soon."));
        return received;
    }

    /// <summary>All events until the server closes the stream.</summary>
    public async Task<List<ReceivedEvent>> ToEndAsync()
    {
        var received = new List<ReceivedEvent>();
        while (await NextAsync() is { } next)
            received.Add(next);
        return received;
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
        _limit.Dispose();
    }
}
