using System.Threading.Channels;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>
/// Records a lane's outcomes in groups: whatever came while the last commit ran and a moment longer, bounded by count.
/// Items whose results wait for their commit count against a byte budget.
/// </summary>
/// <param name="each">Commits at once, and leaves no room for a next outcome until that is done.</param>
internal sealed class GroupCommitter<T>(
    IGroupStore<T> store,
    JobKey job,
    bool each,
    DatabasePatience patience,
    TimeProvider time
)
    where T : IRecordable
{
    private const int GroupSize = 4000;
    private const int QueueBound = 2 * GroupSize;

    // Long enough to gather a group at full speed, short enough not to be noticed by who waits for ten items.
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(100);

    private readonly long _maxUncommittedBytes = each ? 0 : 16 << 20;
    private readonly Channel<T> _outcomes = Channel.CreateBounded<T>(
        new BoundedChannelOptions(QueueBound) { SingleReader = true }
    );
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;

    /// <summary>Items recorded so far.</summary>
    public int Recorded { get; private set; }

    /// <summary>Hands an outcome over; it is dropped, to be run again, when commits have failed for good.</summary>
    public async ValueTask AddAsync(T outcome)
    {
        Interlocked.Add(ref _bytes, outcome.Bytes);
        while (!_outcomes.Writer.TryWrite(outcome))
        {
            if (!await _outcomes.Writer.WaitToWriteAsync())
                return;
        }
    }

    /// <summary>No more outcomes will come.</summary>
    public void Complete()
    {
        _outcomes.Writer.TryComplete();
        _complete.TrySetResult();
    }

    /// <summary>Waits until the results that are not committed yet fit the byte budget.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Taken before the look, so that a commit in between is not missed.
            var room = Volatile.Read(ref _room).Task;
            if (Interlocked.Read(ref _bytes) <= _maxUncommittedBytes)
                return;
            await room.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Commits until <see cref="Complete"/> and the last outcome.</summary>
    /// <param name="committed">Called after each commit with its group and what became of it.</param>
    public async Task RunAsync(Action<IReadOnlyList<T>, GroupCommit> committed, CancellationToken cancellationToken)
    {
        try
        {
            var reader = _outcomes.Reader;
            var group = new List<T>();
            while (await reader.WaitToReadAsync(cancellationToken))
            {
                if (!each && reader.Count < GroupSize)
                    await Task.WhenAny(_complete.Task, Task.Delay(Linger, time, cancellationToken));
                while (group.Count < GroupSize && reader.TryRead(out var outcome))
                    group.Add(outcome);
                committed(group, await CommitAsync(group, cancellationToken));
                group.Clear();
            }
        }
        finally
        {
            Complete();
        }
    }

    private async Task<GroupCommit> CommitAsync(List<T> group, CancellationToken cancellationToken)
    {
        var commit = await WriteAsync(group, cancellationToken);
        Recorded += group.Sum(outcome => commit.Fenced.Contains(outcome.ChunkNo) ? 0 : outcome.Count);
        Interlocked.Add(ref _bytes, -group.Sum(outcome => outcome.Bytes));
        Interlocked
            .Exchange(ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .TrySetResult();
        return commit;
    }

    private Task<GroupCommit> WriteAsync(IReadOnlyList<T> group, CancellationToken cancellationToken)
    {
        var isAgain = false;
        return patience.RunAsync(
            async token =>
            {
                // The commit may have gone through before its answer was lost: its items must not count twice.
                var remaining = isAgain ? await store.UnrecordedAsync(job, group, token) : group;
                isAgain = true;
                return remaining.Count == 0
                    ? new GroupCommit(new HashSet<int>(), FinishedJob: false)
                    : await store.CommitAsync(job, remaining, token);
            },
            cancellationToken
        );
    }
}
