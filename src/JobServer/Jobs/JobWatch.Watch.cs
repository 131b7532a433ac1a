using System.Collections.Concurrent;
using System.Threading.Channels;
using JobServer.Ledger;

namespace JobServer.Jobs;

internal sealed partial class JobWatch
{
    /// <summary>One interest in one job.</summary>
    internal sealed class Watch(JobWatch owner, JobKey job, TimeProvider time) : IDisposable
    {
        private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

        private readonly ConcurrentDictionary<HeldChunk, byte> _held = new();
        private readonly CancellationTokenSource _let = new();
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<WatchedJob?> _changes = Channel.CreateBounded<WatchedJob?>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
        );
        private bool _looked;
        private WatchedJob? _seen;
        private ITimer? _grace;

        public JobKey Job => job;

        /// <summary>
        /// Cancelled when the work must stop: the job has ended or is ending, the claims have passed on, or it was held and
        /// what was begun before is not done 250 ms later.
        /// </summary>
        public CancellationToken LetGo => _let.Token;

        /// <summary>The job or its queue is paused: nothing new is to be begun.</summary>
        public bool IsHeld { get; private set; }

        /// <summary>A newer attempt holds what was claimed here.</summary>
        public bool IsFenced { get; private set; }

        /// <summary>Completes when the job has finished or is gone.</summary>
        public Task Finished => _finished.Task;

        /// <summary>Where the job stands, from the first look on whenever that changed; null once it is gone. Who reads late
        /// finds the newest alone.</summary>
        public ChannelReader<WatchedJob?> Changes => _changes.Reader;

        public IEnumerable<HeldChunk> Held => _held.Keys;

        public void Hold(HeldChunk chunk) => _held.TryAdd(chunk, 0);

        public void Release(HeldChunk chunk) => _held.TryRemove(chunk, out _);

        public bool Holds(HeldChunk chunk) => _held.ContainsKey(chunk);

        public void Fence()
        {
            IsFenced = true;
            _let.Cancel();
        }

        public void See(WatchedJob? now)
        {
            if (now is { State: JobState.Queued or JobState.Running or JobState.Paused })
                SeeHeld(now.State == JobState.Paused || now.IsQueuePaused);
            else
                _let.Cancel();
            if (now is null || now.State.IsFinished())
                _finished.TrySetResult();
            if (_looked && now == _seen)
                return;
            (_looked, _seen) = (true, now);
            _changes.Writer.TryWrite(now);
        }

        public void Dispose()
        {
            owner.Forget(this);
            _grace?.Dispose();
        }

        private void SeeHeld(bool isHeld)
        {
            if (isHeld == IsHeld)
                return;
            IsHeld = isHeld;
            _grace?.Dispose();
            _grace = isHeld ? time.CreateTimer(_ => _let.Cancel(), null, Grace, Timeout.InfiniteTimeSpan) : null;
        }
    }
}
