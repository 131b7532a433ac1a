using System.Collections.Concurrent;
using System.Globalization;
using Hangfire;
using Hangfire.Server;
using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>Jobs that note each of their runs in <see cref="RunTable"/>.</summary>
public static class Runs
{
    private static readonly ConcurrentDictionary<string, NpgsqlDataSource> _databases = new();

    /// <summary>Jobs whose cancellation was seen in this process, database or not.</summary>
    public static ConcurrentDictionary<string, bool> Cancelled { get; } = new();

    /// <summary>Takes some time.</summary>
    public static void Work(string database, int milliseconds, PerformContext context)
    {
        var run = Begin(database, context);
        using var never = new ManualResetEventSlim();
        never.Wait(milliseconds);
        End(database, run);
    }

    /// <summary>Takes some time unless it is cancelled.</summary>
    public static void Hold(string database, int milliseconds, IJobCancellationToken token, PerformContext context)
    {
        ArgumentNullException.ThrowIfNull(token);
        ArgumentNullException.ThrowIfNull(context);
        var run = Begin(database, context);
        if (token.ShutdownToken.WaitHandle.WaitOne(milliseconds))
        {
            Cancelled[context.BackgroundJob.Id] = true;
            token.ThrowIfCancellationRequested();
        }

        End(database, run);
    }

    /// <summary>Not two of them at once, in whatever process.</summary>
    [DisableConcurrentExecution(timeoutInSeconds: 60)]
    public static void Alone(string database, int milliseconds, PerformContext context) =>
        Work(database, milliseconds, context);

    /// <summary>Fails once.</summary>
    public static void FailOnce(string database, PerformContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        End(database, Begin(database, context));
        if (context.GetJobParameter<int>("RetryCount") == 0)
            throw new InvalidOperationException("Once.");
    }

    private static Guid Begin(string database, PerformContext context)
    {
        var key = Guid.NewGuid();
        Note(
            database,
            """
            insert into runs (key, job, process, owner)
            select $1, $2, $3, q.owner
            from (values (1)) one left join hangfire.jobqueue q on q.jobid = $2
            on conflict (key) do nothing
            """,
            new NpgsqlParameter<Guid> { TypedValue = key },
            Value(long.Parse(context.BackgroundJob.Id, CultureInfo.InvariantCulture)),
            Value(Environment.ProcessId)
        );
        return key;
    }

    private static void End(string database, Guid run) =>
        Note(
            database,
            "update runs set ended = clock_timestamp() where key = $1",
            new NpgsqlParameter<Guid> { TypedValue = run }
        );

    /// <summary>As often as it takes: the database may be gone for a while, and it is not the job that is to fail.</summary>
    private static void Note(string database, string sql, params ReadOnlySpan<NpgsqlParameter> values)
    {
        using var never = new ManualResetEventSlim();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var command = Database(database).CreateCommand(sql);
                foreach (var value in values)
                    command.Parameters.Add(value.Clone());
                command.ExecuteNonQuery();
                return;
            }
            catch (NpgsqlException) when (tries < 600)
            {
                never.Wait(50);
            }
        }
    }

    private static NpgsqlDataSource Database(string connectionString) =>
        _databases.GetOrAdd(
            connectionString,
            text => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(text) { MaxPoolSize = 20 })
        );

    private static NpgsqlParameter<long> Value(long value) => new() { TypedValue = value };
}
