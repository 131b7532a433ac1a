using System.Net.ServerSentEvents;
using System.Text.Json;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Events;

/// <summary>What feeds read from.</summary>
internal sealed record FeedSources(
    JobWatch Watch,
    LogStore Log,
    JobStore Jobs,
    IOptions<JsonOptions> Json,
    TimeProvider Time,
    ILogger<JobFeed> Logger
);

/// <summary>
/// Reads what happens to one job for all of its streams here: one look and one text, however many they are. Streams take
/// the newest view when they come to it, so a slow one holds nothing up.
/// </summary>
internal sealed class JobFeed(JobKey key, FeedSources sources)
{
    private const int KeptStates = 200;
    private const int PageSize = 100;

    // With the one at the end four a second at most.
    private static readonly TimeSpan ProgressSpacing = TimeSpan.FromMilliseconds(334);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FeedView _latest = FeedView.Nothing;
    private long _publishedAt;
    private long _progressAt;
    private (JobState State, long LastLogNo)? _read;

    /// <summary>The newest view once there is another than this one; the same again is a heartbeat.</summary>
    public async Task<FeedView> NextAsync(FeedView seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before the look, so that a view in between is not missed.
            var next = Volatile.Read(ref _next).Task;
            var latest = Volatile.Read(ref _latest);
            if (!ReferenceEquals(latest, seen))
                return latest;
            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Reads until the job has ended, or nobody streams it any more.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var watch = sources.Watch.Follow(key);
        var job = await watch.Changes.ReadAsync(stop);
        Task<bool>? change = null;
        var isAway = false;
        while (true)
        {
            try
            {
                var view = await ViewAsync(job, stop);
                if (view != _latest || UntilHeartbeat() == TimeSpan.Zero)
                    Publish(view);
                if (view.IsGone || view.End is not null)
                    return;
                isAway = false;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                if (!isAway)
                    sources.Logger.DatabaseAway("A stream of events", exception);
                isAway = true;
                await Task.Delay(RetryDelay, sources.Time, stop);
            }

            change ??= watch.Changes.WaitToReadAsync(stop).AsTask();
            await ((Task)change)
                .WaitAsync(UntilNext(job), sources.Time, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
            if (!change.IsCompleted)
                continue;
            change = null;
            watch.Changes.TryRead(out job);
        }
    }

    private void Publish(FeedView view)
    {
        _publishedAt = sources.Time.GetTimestamp();
        // A heartbeat must be another one too.
        Volatile.Write(ref _latest, view with { });
        Interlocked
            .Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .TrySetResult();
    }

    /// <summary>How long there is nothing to do without a change.</summary>
    private TimeSpan UntilNext(WatchedJob? job)
    {
        if (job is null || job.State.IsFinished() || _read != (job.State, job.LastLogNo))
            return TimeSpan.Zero;
        return _latest.Progress == Text(JobProgress.Of(job)) ? UntilHeartbeat() : Rest(ProgressSpacing, _progressAt);
    }

    private TimeSpan UntilHeartbeat() => Rest(HeartbeatInterval, _publishedAt);

    private TimeSpan Rest(TimeSpan interval, long since)
    {
        var rest = interval - sources.Time.GetElapsedTime(since);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    /// <summary>What is to be seen now.</summary>
    private async Task<FeedView> ViewAsync(WatchedJob? job, CancellationToken stop)
    {
        if (job is null)
            return _latest with { IsGone = true };
        var view = _latest;
        // Entries other than states may be numbered before a state and seen after it, so both have to stand still.
        for (var isMore = _read != (job.State, job.LastLogNo); isMore; )
        {
            var states = await sources.Log.StatesAsync(key, view.LastStateNo, PageSize, stop);
            view = With(view, states);
            isMore = states.Count == PageSize;
        }

        if (job.State.IsFinished())
        {
            return await sources.Jobs.FindAsync(key, stop) is { } ended
                ? view with
                {
                    Progress = Text(JobProgress.Of(ended)),
                    End = EndOf(view, ended),
                }
                : view with
                {
                    IsGone = true,
                };
        }

        _read = (job.State, job.LastLogNo);
        var progress = Text(JobProgress.Of(job));
        if (progress == view.Progress || sources.Time.GetElapsedTime(_progressAt) < ProgressSpacing)
            return view;
        _progressAt = sources.Time.GetTimestamp();
        return view with { Progress = progress };
    }

    private FeedView With(FeedView view, List<LogEntry> states)
    {
        var all = view.States.AddRange(states.Select(Sent));
        return all.Length <= KeptStates
            ? view with
            {
                States = all,
            }
            : view with
            {
                States = all[^KeptStates..],
                DroppedNo = all[^(KeptStates + 1)].No,
            };
    }

    /// <summary>A state as it is sent.</summary>
    public SentState Sent(LogEntry state) =>
        new(
            state.No,
            new SseItem<string>(Text(new StateEvent(state.Detail!, state.At)), "state") { EventId = $"{state.No}" }
        );

    private SseItem<string> EndOf(FeedView view, Job job) =>
        new(Text(new EndEvent(job.State.ToText(), job.FinishedAt, JobProgress.Of(job), job.Error)), "end")
        {
            EventId = ResumePoint.OfEnd(view.LastStateNo),
        };

    private string Text<T>(T value) => JsonSerializer.Serialize(value, sources.Json.Value.SerializerOptions);
}
