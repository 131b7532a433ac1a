using Hangfire.Common;
using JobServer.BatchedStorage.Locking;
using Npgsql;

namespace JobServer.BatchedStorage.Signalling;

/// <summary>
/// Finds what no signal told of: with one statement for the whole process, each poll interval, it looks for jobs in the queues
/// that are served here and for the next due members of the schedulers' sets. So workers and schedulers that have nothing to
/// do ask the database nothing.
/// </summary>
internal sealed class Lookout : IDisposable
{
    /// <summary>Before the name of a set, where that of a queue could stand.</summary>
    private const char SetMark = '/';

    // Hangfire's names for the schedulers' locks, and for the sets that they read under them.
    private static readonly string[] _locks = [DueJobs.Resource, "recurring-jobs:lock"];
    private static readonly string[] _sets = ["schedule", "recurring-jobs"];
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(0.05);
    private static readonly TimeSpan IntervalWithoutSignals = TimeSpan.FromSeconds(1);

    private readonly StorageParts _parts;
    private readonly string _sql;
    private readonly double?[] _next = [null, null];
    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _loop;

    // Raised by whatever makes what is known of the sets doubtful.
    private long _doubt = 1;
    private long _known;
    private bool _isAsked;

    public Lookout(StorageParts parts)
    {
        _parts = parts;
        _sql = $"""
            select array(
                select queue from unnest($1) as served (queue)
                where exists (select from {parts.Schema}.jobqueue q where q.queue = served.queue and q.fetchedat is null)
            ), {string.Join(
                ", ",
                _sets.Select(set => $"(select min(score) from {parts.Schema}.set where key = '{set}')")
            )}
            """;
        parts.Signals.Announced += OnAnnounced;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>What stands for a set among the names of queues; null for sets that nobody waits for.</summary>
    public static string? SignalOf(string set) => _sets.Contains(set) ? SetMark + set : null;

    /// <summary>The set that a scheduler reads under this lock; null for other locks.</summary>
    public static string? SetOf(string resource) =>
        Array.IndexOf(_locks, resource) is var index and >= 0 ? _sets[index] : null;

    /// <summary>Whether the set may have members that are due. False only where that is known.</summary>
    public bool MayBeDue(string set)
    {
        _isAsked = true;
        if (Volatile.Read(ref _known) != Volatile.Read(ref _doubt))
            return true;
        lock (_next)
            return _next[Array.IndexOf(_sets, set)] <= JobHelper.ToTimestamp(_parts.Time.GetUtcNow().UtcDateTime);
    }

    /// <summary>To be called after members of the sets were seen to.</summary>
    public void Doubt()
    {
        Interlocked.Increment(ref _doubt);
        _bell.Ring();
    }

    public void Dispose()
    {
        _parts.Signals.Announced -= OnAnnounced;
        _disposed.Cancel();
        _loop.GetAwaiter().GetResult();
        _disposed.Dispose();
    }

    private void OnAnnounced(string? name)
    {
        if (name is null || name[0] == SetMark)
            Doubt();
    }

    private async Task RunAsync()
    {
        while (!_disposed.IsCancellationRequested)
        {
            try
            {
                await LookAsync(_disposed.Token).ConfigureAwait(false);
                var interval = _parts.Options.QueuePollInterval;
                if (!_parts.Signals.IsListening && interval > IntervalWithoutSignals)
                    interval = IntervalWithoutSignals;
                await _bell.WaitAsync(interval, _disposed.Token).ConfigureAwait(false);
                // Many signals, few looks.
                await Task.Delay(Rest, _parts.Time, _disposed.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _parts.Logger.LookFailed(exception);
                await Task.Delay(IntervalWithoutSignals, _parts.Time, _disposed.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var doubt = Interlocked.Read(ref _doubt);
        var served = _parts.Dispatchers.Queues;
        if (served.Length == 0 && !_isAsked)
            return;
        await using var command = _parts.Database.CreateCommand(_sql);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = served });
        await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_next)
        {
            for (var set = 0; set < _sets.Length; set++)
                _next[set] = row.IsDBNull(set + 1) ? null : row.GetDouble(set + 1);
        }

        Interlocked.Exchange(ref _known, doubt);
        foreach (var queue in row.GetFieldValue<string[]>(0))
            _parts.Dispatchers.Wake(queue);
    }
}
