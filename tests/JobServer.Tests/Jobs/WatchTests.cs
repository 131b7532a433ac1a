using JobServer.Jobs;
using JobServer.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace JobServer.Tests.Jobs;

/// <summary>What a watch makes of what it is shown; nothing here asks a database.</summary>
public sealed class WatchTests : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create("Host=localhost");
    private readonly ManualTimers _time = new();
    private readonly JobKey _key = new JobKey(JobKey.DefaultTenant, Guid.NewGuid());

    [Fact]
    public void A_paused_job_is_held_at_once_and_let_go_after_a_grace()
    {
        using var watch = Follow();
        watch.See(Job(JobState.Running));
        Assert.False(watch.IsHeld);

        watch.See(Job(JobState.Paused));

        Assert.True(watch.IsHeld);
        Assert.False(watch.LetGo.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromMilliseconds(250), _time.Fire());
        Assert.True(watch.LetGo.IsCancellationRequested);
        Assert.False(watch.Finished.IsCompleted);
    }

    [Fact]
    public void A_paused_queue_holds_its_running_jobs()
    {
        using var watch = Follow();

        watch.See(Job(JobState.Running) with { IsQueuePaused = true });

        Assert.True(watch.IsHeld);
    }

    [Fact]
    public void A_job_resumed_within_the_grace_goes_on()
    {
        using var watch = Follow();
        watch.See(Job(JobState.Paused));

        watch.See(Job(JobState.Running));

        Assert.False(watch.IsHeld);
        Assert.Null(_time.Fire());
        Assert.False(watch.LetGo.IsCancellationRequested);
    }

    [Theory]
    [InlineData(JobState.Cancelling, false)]
    [InlineData(JobState.Cancelled, true)]
    [InlineData(JobState.Succeeded, true)]
    [InlineData(null, true)]
    public void An_ended_or_ending_job_is_let_go_at_once(JobState? state, bool isFinished)
    {
        using var watch = Follow();

        watch.See(state is { } now ? Job(now) : null);

        Assert.True(watch.LetGo.IsCancellationRequested);
        Assert.Equal(isFinished, watch.Finished.IsCompleted);
    }

    [Fact]
    public void Changes_are_told_once_and_who_reads_late_finds_the_newest()
    {
        using var watch = Follow();
        watch.See(Job(JobState.Queued));
        watch.See(Job(JobState.Running));
        Assert.True(watch.Changes.TryRead(out var newest));
        Assert.Equal(JobState.Running, newest?.State);

        watch.See(Job(JobState.Running));

        Assert.False(watch.Changes.TryRead(out _));
        watch.See(null);
        Assert.True(watch.Changes.TryRead(out var gone));
        Assert.Null(gone);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private JobWatch.Watch Follow()
    {
        var signals = new Signals(new SignalChannel(_database, ""), _time, NullLogger<Signals>.Instance);
        var jobs = new JobWatch(
            new Overdue(_database),
            new ChunkStore(_database),
            signals,
            _time,
            NullLogger<JobWatch>.Instance
        );
        return jobs.Follow(_key);
    }

    private WatchedJob Job(JobState state) => new(_key.Id, state, 1, 0, 0, 0, 0, 1, IsQueuePaused: false);

    /// <summary>Timers that end when they are told to.</summary>
    private sealed class ManualTimers : TimeProvider
    {
        private Timer? _timer;

        /// <summary>Ends the timer that was made last, unless it was disposed; returns how long it was to take.</summary>
        public TimeSpan? Fire()
        {
            _timer?.Callback();
            return _timer?.Due;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _timer = new Timer(() => callback(state), dueTime, () => _timer = null);

        private sealed record Timer(Action Callback, TimeSpan Due, Action Stop) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

            public void Dispose() => Stop();

            public ValueTask DisposeAsync()
            {
                Stop();
                return ValueTask.CompletedTask;
            }
        }
    }
}
