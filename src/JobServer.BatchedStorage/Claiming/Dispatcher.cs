using JobServer.BatchedStorage.Signalling;
using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>
/// Hands the jobs of some queues to the workers that ask for them, however many those are: one loop claims for all. It
/// claims ahead what the workers will have begun in a fifth of a second, and gives back what waited here for longer than
/// half a second: another process may be idle.
/// </summary>
internal sealed class Dispatcher : IDisposable
{
    /// <summary>Most jobs of one claim.</summary>
    public const int MaxClaim = 1000;

    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan RestAfterFault = TimeSpan.FromSeconds(1);

    private readonly StorageParts _parts;
    private readonly string[] _queues;
    private readonly bool[] _isEmpty;
    private readonly Shares _shares;
    private readonly Buffer _buffer;

    // Given back again and again until it has worked.
    private readonly List<Hold> _returning = [];
    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _loop;

    public Dispatcher(string[] queues, StorageParts parts)
    {
        (_parts, _queues) = (parts, queues);
        _isEmpty = new bool[queues.Length];
        _shares = new Shares(queues.Length);
        _buffer = new Buffer(parts.Time, _bell.Ring);
        parts.Signals.Announced += Wake;
        _loop = Task.Run(RunAsync);
    }

    public Claim Take(CancellationToken cancellationToken)
    {
        var take = TakeAsync(cancellationToken);
        return take.IsCompletedSuccessfully ? take.Result : take.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Waits for the next job.</summary>
    /// <exception cref="OperationCanceledException">The worker is to stop.</exception>
    /// <exception cref="ObjectDisposedException">The storage was disposed of, or is while one waits.</exception>
    public ValueTask<Claim> TakeAsync(CancellationToken cancellationToken) => _buffer.TakeAsync(cancellationToken);

    public void Dispose()
    {
        _parts.Signals.Announced -= Wake;
        _disposed.Cancel();
        _loop.GetAwaiter().GetResult();
        _returning.AddRange(_buffer.Close());
        try
        {
            GiveBack();
        }
        catch (Exception exception)
        {
            // It goes back with the lease.
            _parts.Logger.GiveBackFailed(_returning.Count, exception);
        }

        _disposed.Dispose();
    }

    /// <summary>Something may wait in this queue; null: in any.</summary>
    public void Wake(string? queue)
    {
        var isMine = false;
        for (var i = 0; i < _queues.Length; i++)
        {
            if (queue is not null && _queues[i] != queue)
                continue;
            Volatile.Write(ref _isEmpty[i], false);
            isMine = true;
        }

        if (isMine)
            _bell.Ring();
    }

    private async Task RunAsync()
    {
        while (!_disposed.IsCancellationRequested)
        {
            try
            {
                await LookAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _parts.Logger.ClaimFailed(string.Join(", ", _queues), exception);
                await Task.Delay(RestAfterFault, _parts.Time, _disposed.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LookAsync()
    {
        _returning.AddRange(_buffer.TooOld(LongestWait));
        GiveBack();
        var wanted = Math.Min(_buffer.Wanted(Ahead), MaxClaim);
        if (wanted > 0 && _isEmpty.Contains(false))
        {
            await ClaimAsync(wanted).ConfigureAwait(false);
            return;
        }

        var rest = _buffer.IsEmpty ? Timeout.InfiniteTimeSpan : LongestWait / 2;
        await _bell.WaitAsync(rest, _disposed.Token).ConfigureAwait(false);
    }

    private void GiveBack()
    {
        _parts.Claimer.GiveBack(_returning);
        _returning.Clear();
    }

    private async Task ClaimAsync(int wanted)
    {
        var shares = _shares.Divide(wanted, _isEmpty);
        var given = new int[_queues.Length];
        for (var i = 0; i < _queues.Length; i++)
        {
            if (shares[i] == 0)
                continue;
            // Before the look: what is announced during it is looked for again.
            Volatile.Write(ref _isEmpty[i], true);
            var isEmpty = false;
            try
            {
                var claims = await _parts
                    .Claimer.ClaimAsync(_queues[i], shares[i], _disposed.Token)
                    .ConfigureAwait(false);
                given[i] = claims.Jobs.Count;
                isEmpty = claims.IsEmpty;
                _buffer.Add(claims.Jobs);
            }
            finally
            {
                if (!isEmpty)
                    Volatile.Write(ref _isEmpty[i], false);
            }
        }

        _shares.Take(given, _isEmpty);
    }
}
