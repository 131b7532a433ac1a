using Npgsql;

namespace JobServer.Ledger;

/// <summary>Something that happened to a job.</summary>
/// <param name="No">Grows in the order in which it happened; unique among all jobs.</param>
/// <param name="Level">info, warning or error.</param>
/// <param name="Event"><see cref="LogStore.State"/>, or the name of something else.</param>
/// <param name="Detail">Of a state: which.</param>
public sealed record LogEntry(long No, DateTimeOffset At, string Level, string Event, string? Detail);

/// <summary>Rows of <c>job_log</c>. States are written by triggers, everything else from here.</summary>
public sealed class LogStore(NpgsqlDataSource database)
{
    /// <summary>The event of an entry that says what state a job came into.</summary>
    public const string State = "state";

    /// <summary>Entries of one job beside its states; what comes then is not written.</summary>
    public const int MaxEntries = 1000;

    /// <summary>Entries after a number, in order.</summary>
    public Task<List<LogEntry>> ReadAsync(JobKey job, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(job, isState: null, after, limit, cancellationToken);

    /// <summary>States after a number, in order. None is ever missed: they are numbered under the lock of their job.</summary>
    public Task<List<LogEntry>> StatesAsync(JobKey job, long after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(job, isState: true, after, limit, cancellationToken);

    /// <summary>Writes an entry, unless the job is gone or has as many as it may have.</summary>
    public async Task AddAsync(
        JobKey job,
        string level,
        string @event,
        string detail,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.job_log (tenant, job_id, level, event, detail)
            select @tenant, @job, @level, @event, @detail
            where exists (select from jobserver.jobs where tenant = @tenant and id = @job) and (
                select count(*) from jobserver.job_log where tenant = @tenant and job_id = @job and event <> 'state'
            ) < @most
            """
        );
        command
            .Parameters.WithJob(job)
            .With("level", level)
            .With("event", @event)
            .With("detail", detail)
            .With("most", MaxEntries);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<List<LogEntry>> ReadAsync(
        JobKey job,
        bool? isState,
        long after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select no, at, level, event, detail from jobserver.job_log
            where tenant = @tenant and job_id = @job and no > @after
                and (@is_state is null or (event = 'state') = @is_state)
            order by no
            limit @limit
            """
        );
        command
            .Parameters.WithJob(job)
            .With("after", after)
            .With("is_state", NpgsqlTypes.NpgsqlDbType.Boolean, isState)
            .With("limit", limit);
        var entries = new List<LogEntry>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            entries.Add(
                new LogEntry(
                    row.GetInt64(0),
                    row.GetFieldValue<DateTimeOffset>(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.TextOrNull(4)
                )
            );
        }

        return entries;
    }
}
