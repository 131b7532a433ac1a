using System.Collections.Concurrent;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Jobs;

/// <summary>
/// Follows every job somebody in this process waits for or works on, with one poll for all: where it stands, and
/// whether the chunks held here are still ours. Asks nothing while nobody watches.
/// </summary>
internal sealed class JobWatch(Overdue overdue, ChunkStore chunks, TimeProvider time, ILogger<JobWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<Watch, byte> _watches = new();
    private readonly SemaphoreSlim _poke = new(0, 1);

    /// <summary>Follows a job until disposed.</summary>
    public Watch Follow(JobKey job)
    {
        var watch = new Watch(this, job);
        _watches.TryAdd(watch, 0);
        Poke();
        return watch;
    }

    /// <summary>Looks now rather than at the next poll.</summary>
    public void Poke()
    {
        try
        {
            _poke.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is due already.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _poke.WaitAsync(_watches.IsEmpty ? Timeout.InfiniteTimeSpan : PollInterval, stoppingToken);
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException || DatabaseFaults.IsPassing(exception))
            {
                logger.DatabaseAway("The watch of running jobs", exception);
                await Task.Delay(PollInterval, time, stoppingToken);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var watches = _watches.Keys.ToArray();
        if (watches.Length == 0)
            return;
        var ids = watches.Select(watch => watch.Job.Id).Distinct().ToArray();
        var states = (await overdue.WatchAsync(ids, cancellationToken)).ToDictionary(job => job.Id, job => job.State);
        var held = watches.SelectMany(watch => watch.Held).ToArray();
        var fenced = held.Length == 0 ? [] : await chunks.FencedAsync(held, cancellationToken);
        foreach (var watch in watches)
        {
            if (fenced.Any(watch.Holds))
                watch.Fence();
            watch.See(states.TryGetValue(watch.Job.Id, out var state) ? state : null);
        }
    }

    /// <summary>One interest in one job.</summary>
    internal sealed class Watch(JobWatch owner, JobKey job) : IDisposable
    {
        private readonly ConcurrentDictionary<HeldChunk, byte> _held = new();
        private readonly CancellationTokenSource _let = new();
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public JobKey Job => job;

        /// <summary>Cancelled when the work must stop: the job no longer runs, or the claims have passed on.</summary>
        public CancellationToken LetGo => _let.Token;

        /// <summary>A newer attempt holds what was claimed here.</summary>
        public bool IsFenced { get; private set; }

        /// <summary>Completes when the job has finished or is gone.</summary>
        public Task Finished => _finished.Task;

        public IEnumerable<HeldChunk> Held => _held.Keys;

        public void Hold(HeldChunk chunk) => _held.TryAdd(chunk, 0);

        public void Release(HeldChunk chunk) => _held.TryRemove(chunk, out _);

        public bool Holds(HeldChunk chunk) => _held.ContainsKey(chunk);

        public void Fence()
        {
            IsFenced = true;
            _let.Cancel();
        }

        public void See(JobState? state)
        {
            if (state is not (JobState.Queued or JobState.Running))
                _let.Cancel();
            if (state is null || state.Value.IsFinished())
                _finished.TrySetResult();
        }

        public void Dispose() => owner._watches.TryRemove(this, out _);
    }
}
