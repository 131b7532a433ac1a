using System.Collections.Concurrent;
using Npgsql;

namespace JobServer.BatchedStorage.Working;

/// <summary>
/// Finds out which of the jobs that run here and can be cancelled have got another state, as by a delete on the dashboard:
/// one statement for all of them, none while there are none.
/// </summary>
internal sealed class RunningJobs : IDisposable
{
    private readonly StorageParts _parts;
    private readonly string _sql;

    // By the row of history they began with: a job may run here again before it has ended.
    private readonly ConcurrentDictionary<long, JobToken> _tokens = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _loop;

    public RunningJobs(StorageParts parts)
    {
        _parts = parts;
        _sql = $"""
            select r.stateid from unnest($1::bigint[], $2::bigint[]) as r(id, stateid)
            where not exists (select from {parts.Schema}.job j where j.id = r.id and j.stateid = r.stateid)
            """;
        _loop = Task.Run(LookAlwaysAsync);
    }

    public void Add(JobToken token) => _tokens[token.StateId] = token;

    public void Remove(JobToken token) => _tokens.TryRemove(token.StateId, out _);

    public void Dispose()
    {
        _disposed.Cancel();
        _loop.Wait(CancellationToken.None);
        _disposed.Dispose();
    }

    private async Task LookAlwaysAsync()
    {
        using var timer = new PeriodicTimer(_parts.Options.CancellationCheckInterval, _parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_disposed.Token).ConfigureAwait(false))
            {
                if (!_tokens.IsEmpty)
                    await TryLookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task TryLookAsync()
    {
        try
        {
            await LookAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _parts.Logger.CancellationsNotRead(exception);
        }
    }

    private async Task LookAsync()
    {
        var tokens = _tokens.Values.ToDictionary(token => token.StateId);
        await using var connection = await _parts.Database.OpenConnectionAsync(_disposed.Token).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(_sql, connection);
        command.Parameters.Add(
            new NpgsqlParameter<long[]> { TypedValue = [.. tokens.Values.Select(token => token.JobId)] }
        );
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. tokens.Keys] });
        await using var row = await command.ExecuteReaderAsync(_disposed.Token).ConfigureAwait(false);
        while (await row.ReadAsync(_disposed.Token).ConfigureAwait(false))
            tokens[row.GetInt64(0)].Abort();
    }
}
