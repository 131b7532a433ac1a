using System.Collections.Concurrent;
using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Writing;
using Npgsql;

namespace JobServer.BatchedStorage.Claiming;

/// <summary>Takes many jobs off a queue at once, with all that their workers need, and gives back what is not begun.</summary>
internal sealed class Claimer(StorageParts parts) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly HeldConnection _connection = new(parts.Held);

    private readonly ConcurrentDictionary<int, string> _sql = new();

    private readonly string _giveBack = $"""
        update {parts.Schema}.jobqueue q set fetchedat = null, owner = null
        from unnest($1::bigint[], $2::integer[]) as h(id, attempt)
        where q.id = h.id and q.updatecount = h.attempt
        returning q.queue
        """;

    /// <summary>
    /// Oldest first, at most so many, perhaps fewer although there are more. Nothing without a lease: who ends it waits for
    /// a claim that is under way, and gives back what that took.
    /// </summary>
    public async Task<Claims> ClaimAsync(string queue, int limit, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var owner = await parts.Leases.OwnAsync(cancellationToken).ConfigureAwait(false);
            return await ReadAsync(queue, limit, owner, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Lets go of what nobody has begun to work on.</summary>
    public void GiveBack(IReadOnlyCollection<Hold> holds)
    {
        if (holds.Count == 0)
            return;
        using var connection = parts.Database.OpenConnection();
        using var command = new NpgsqlCommand(_giveBack, connection);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. holds.Select(hold => hold.QueueId)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. holds.Select(hold => hold.Attempt)] });
        var queues = new HashSet<string>();
        using (var row = command.ExecuteReader())
        {
            while (row.Read())
                queues.Add(row.GetString(0));
        }

        parts.Signals.Announce(queues);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _turn.Dispose();
    }

    private async Task<Claims> ReadAsync(string queue, int limit, Owner owner, CancellationToken cancellationToken)
    {
        var claims = new List<Claim>();
        try
        {
            limit = Rounded(limit);
            var connection = await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(Sql(limit), connection)
            {
                Parameters =
                {
                    new NpgsqlParameter<string> { TypedValue = queue },
                    new NpgsqlParameter<long> { TypedValue = owner.Id },
                },
            };
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            // Not the caller's token: a claim that was committed and not read would be lost until it is missed.
            await using var row = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            var taken = 0;
            while (await row.ReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                var hold = new Hold(row.GetInt64(0), row.GetInt32(1));
                taken++;
                if (row.IsDBNull(2))
                {
                    Forget(hold);
                    continue;
                }

                var snapshot = JobSnapshot.Read(row, 2);
                var job = new FetchedJob(snapshot.Id, hold, parts);
                // Of an earlier hold on it, if there was one here.
                parts.Leases.Lost.TryRemove(snapshot.Id, out _);
                owner.Add(job);
                claims.Add(new Claim(job, snapshot));
            }

            return new Claims(claims, IsEmpty: taken < limit);
        }
        catch
        {
            // Whatever has arrived of a claim that was cut short is missed at the next renewal, with the rest of it.
            claims.ForEach(claim => claim.Job.Leave());
            _connection.Close();
            throw;
        }
    }

    /// <summary>Its job is gone: deleted, or expired.</summary>
    private void Forget(Hold hold)
    {
        var unit = new Unit();
        unit.Released.Add(hold);
        parts.Committer.Submit(unit);
    }

    /// <summary>Few different texts: the limit is written out, since a plan for any number is a bad one.</summary>
    private static int Rounded(int limit) =>
        limit switch
        {
            < 4 => 1,
            < 16 => 4,
            < 64 => 16,
            < 256 => 64,
            < Dispatcher.MaxClaim => 256,
            _ => Dispatcher.MaxClaim,
        };

    private string Sql(int limit) =>
        _sql.GetOrAdd(
            limit,
            _ =>
                $"""
                    with lease as (
                        select from {parts.Schema}.lease where owner = $2 for key share
                    ), next as (
                        select id from {parts.Schema}.jobqueue
                        where queue = $1 and fetchedat is null and exists (select from lease)
                        order by id limit {limit}
                        for update skip locked
                    ), taken as (
                        update {parts.Schema}.jobqueue q
                        set fetchedat = now(), owner = $2, updatecount = q.updatecount + 1
                        from next where q.id = any (array[next.id])
                        returning q.id, q.updatecount, q.jobid
                    )
                    select t.id, t.updatecount, {JobSnapshot.Columns(parts.Schema)}
                    from taken t left join {parts.Schema}.job j on j.id = t.jobid
                    order by t.id
                    """
        );
}

/// <param name="IsEmpty">Nothing more waited in the queue.</param>
internal sealed record Claims(List<Claim> Jobs, bool IsEmpty);
