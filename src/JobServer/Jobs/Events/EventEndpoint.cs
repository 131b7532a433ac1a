using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Events;

/// <summary>Streams what happens to a job as server-sent events, until it has ended.</summary>
internal sealed class EventEndpoint(
    JobFeeds feeds,
    LogStore log,
    TimeProvider time,
    IOptions<EventOptions> options,
    IOptions<JsonOptions> json,
    IHostApplicationLifetime lifetime
)
{
    public const string ContentType = "text/event-stream";

    private const string Header = "Last-Event-ID";
    private const string Parameter = "lastEventId";
    private const int PageSize = 100;

    // The database is away then, which every endpoint says within 5 s.
    private static readonly TimeSpan FirstViewLimit = TimeSpan.FromSeconds(3);

    // Nobody listens for it; it shows both sides that the connection lives.
    private static readonly SseItem<string> Heartbeat = new("", "heartbeat");

    /// <summary>The stream; 204 to a client that has seen its end.</summary>
    public static Task<IResult> GetAsync(
        Guid id,
        Caller caller,
        string? lastEventId,
        HttpContext http,
        EventEndpoint events
    ) => events.StreamAsync(caller.Job(id), lastEventId, http);

    private async Task<IResult> StreamAsync(JobKey key, string? lastEventId, HttpContext http)
    {
        var (after, faults) = ResumeAfter(http.Request, lastEventId);
        if (faults.Any)
            return Problems.Invalid(faults);
        if (MediaTypes.Choose(http.Request.GetTypedHeaders().Accept, [ContentType], type => type) is null)
            return Problems.NotAcceptable([ContentType]);
        if (feeds.TryOpen(key) is not { } place)
        {
            return Problems.TooManyStreams(options.Value.MaxStreams);
        }

        http.Response.RegisterForDispose(place);
        var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        http.Response.RegisterForDispose(stop);
        var first = await NextAsync(place.Feed, FeedView.Nothing, stop.Token).WaitAsync(FirstViewLimit, time);
        if (first is null)
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        if (first.IsGone)
            return Problems.NoSuchJob(key.Id);
        if (first.End is not null && after.IsEnd)
            return TypedResults.NoContent();
        // Proxies that gather answers would hold events back.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(ReadAsync(key, place.Feed, first, after.StateNo, stop.Token));
    }

    /// <summary>From where the client wants to go on. The header is the newer of the two: a browser adds it by itself.</summary>
    private static (ResumePoint After, Faults Faults) ResumeAfter(HttpRequest request, string? lastEventId)
    {
        var faults = new Faults();
        var (name, id) = request.Headers[Header] is { Count: > 0 } header
            ? (Header, header.ToString())
            : (Parameter, lastEventId);
        var after = default(ResumePoint);
        if (id is not null && !ResumePoint.TryParse(id, out after))
            faults.Add(name, "must be the id of an event that was received");
        return (after, faults);
    }

    private async IAsyncEnumerable<SseItem<string>> ReadAsync(
        JobKey key,
        JobFeed feed,
        FeedView first,
        long after,
        [EnumeratorCancellation] CancellationToken stop
    )
    {
        string? progress = null;
        for (var view = first; view is not null; view = await NextAsync(feed, view, stop))
        {
            var isNews = false;
            while (after < view.DroppedNo && await log.StatesAsync(key, after, PageSize, stop) is [_, ..] dropped)
            {
                foreach (var state in dropped)
                {
                    (after, isNews) = (state.No, true);
                    yield return feed.Sent(state).Item;
                }
            }

            foreach (var state in view.States)
            {
                if (state.No <= after)
                    continue;
                (after, isNews) = (state.No, true);
                yield return state.Item;
            }

            if (view.Progress is { } now && now != progress)
            {
                (progress, isNews) = (now, true);
                yield return new SseItem<string>(now, "progress");
            }

            if (view.End is { } end)
            {
                yield return end;
                yield break;
            }

            if (view.IsGone)
            {
                yield return Erased();
                yield break;
            }

            if (!isNews)
                yield return Heartbeat;
        }
    }

    /// <summary>Null when the client is gone or the server stops: either way the stream just ends.</summary>
    private static async Task<FeedView?> NextAsync(JobFeed feed, FeedView seen, CancellationToken stop)
    {
        try
        {
            return await feed.NextAsync(seen, stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private SseItem<string> Erased() =>
        new(
            JsonSerializer.Serialize(
                new EndEvent("erased", At: null, Progress: null, Error: null),
                json.Value.SerializerOptions
            ),
            "end"
        );
}
