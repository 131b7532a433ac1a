using Npgsql;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>What the jobs noted of their runs, when which lease ended, and what must be true of both and of Hangfire's tables.</summary>
internal sealed class RunTable(string connectionString) : IAsyncDisposable
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(1);
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connectionString);

    public string ConnectionString => connectionString;

    public static async Task<RunTable> CreateAsync(string connectionString, CancellationToken cancellationToken)
    {
        var table = new RunTable(connectionString);
        await table.ExecuteAsync(
            """
            create table runs (
                id bigint generated always as identity primary key, job bigint not null, process bigint not null,
                key uuid not null unique, owner bigint, began timestamptz not null default clock_timestamp(), ended timestamptz
            );
            create index on runs (job);
            create table ended_leases (owner bigint primary key, at timestamptz not null);
            create function note_end() returns trigger language plpgsql as $$
            begin
                insert into ended_leases values (old.owner, clock_timestamp());
                return null;
            end $$;
            create trigger note_end after delete on hangfire.lease for each row execute function note_end();
            """,
            cancellationToken
        );
        return table;
    }

    public async Task<T> AskAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Asks until the answer is yes; the database may be gone for a while.</summary>
    public async Task WaitAsync(string sql, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Ceiling);
        try
        {
            while (!await TryAskAsync(sql, limit.Token))
                await Task.Delay(20, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"Not within {Ceiling}: {sql}\n{await StateAsync(cancellationToken)}");
        }
    }

    /// <summary>All jobs have ended and none waits.</summary>
    public Task WaitForAllAsync(CancellationToken cancellationToken) =>
        WaitAsync(
            """
            select not exists (select from hangfire.jobqueue)
                and not exists (select from hangfire.job where statename not in ('Succeeded', 'Failed', 'Deleted'))
            """,
            cancellationToken
        );

    /// <summary>So many runs have ended.</summary>
    public Task WaitForAllRunsAsync(int runs, CancellationToken cancellationToken) =>
        WaitAsync($"select count(*) >= {runs} from runs where ended is not null", cancellationToken);

    /// <summary>Nothing is lost, nothing is counted wrong, and nothing ran twice without a lease that ended in between.</summary>
    public async Task AssertWholeAsync(CancellationToken cancellationToken)
    {
        await AssertNoneAsync(
            "not succeeded",
            "select id from hangfire.job where statename = 'Succeeded' is not true",
            cancellationToken
        );
        await AssertNoneAsync(
            "not once succeeded",
            "select jobid from hangfire.state group by jobid having count(*) filter (where name = 'Succeeded') <> 1",
            cancellationToken
        );
        await AssertNoneAsync(
            "whose state is not the last of its history",
            "select id from hangfire.job j where stateid <> (select max(id) from hangfire.state s where s.jobid = j.id)",
            cancellationToken
        );
        await AssertNoneAsync("still queued", "select jobid from hangfire.jobqueue", cancellationToken);
        await AssertNoneAsync(
            "that never ran",
            "select id from hangfire.job where id not in (select job from runs)",
            cancellationToken
        );
        await AssertNoneAsync(
            "that ran again within a lease",
            """
            select job from (select *, lag(owner) over w as before from runs window w as (partition by job order by id)) r
            left join ended_leases l on l.owner = r.before
            where r.before is not null and (l.at is null or l.at > r.began)
            """,
            cancellationToken
        );
        await AssertCountsAsync(cancellationToken);
    }

    /// <summary>Jobs that ran more than once, each with its runs: who had them, and when that one's lease ended.</summary>
    public async Task<string> RepeatedAsync(CancellationToken cancellationToken) =>
        await AskAsync<string>(
            """
            select coalesce(string_agg(line, chr(10) order by job), 'none') from (
                select job, format('job %s: %s', job, string_agg(format('process %s began %s (%s; lease %s ended %s)',
                    process, to_char(began, 'MI:SS.MS'), coalesce('ended ' || to_char(ended, 'MI:SS.MS'), 'cut short'),
                    r.owner, coalesce(to_char(l.at, 'MI:SS.MS'), 'not')), ', ' order by id)) as line
                from runs r left join ended_leases l on l.owner = r.owner
                group by job having count(*) > 1
            ) lines
            """,
            cancellationToken
        );

    public Task<long> CounterAsync(string key, CancellationToken cancellationToken) =>
        AskAsync<long>(
            $"""
            select coalesce(sum(value), 0)::bigint from (
                select value from hangfire.counter where key = '{key}'
                union all select value from hangfire.aggregatedcounter where key = '{key}') both_of_them
            """,
            cancellationToken
        );

    /// <summary>For the message of a test that waits in vain.</summary>
    private Task<string> StateAsync(CancellationToken cancellationToken) =>
        AskAsync<string>(
            """
            select concat_ws(e'\n',
                (select 'jobs: ' || string_agg(format('%s %s', n, statename), ', ')
                    from (select statename, count(*) n from hangfire.job group by 1) j),
                (select 'queue: ' || string_agg(q::text, ' ') from (select * from hangfire.jobqueue limit 10) q),
                (select 'leases: ' || string_agg(l::text, ' ') from hangfire.lease l),
                (select 'runs: ' || string_agg(r::text, ' ') from (select * from runs order by id desc limit 10) r),
                (select 'history: ' || string_agg(format('%s %s', jobid, name), ', ')
                    from (select * from hangfire.state order by id desc limit 20) s))
            """,
            cancellationToken
        );

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    private async Task AssertCountsAsync(CancellationToken cancellationToken)
    {
        var jobs = await AskAsync<long>("select count(*) from hangfire.job", cancellationToken);
        Assert.Equal(jobs, await CounterAsync("stats:succeeded", cancellationToken));
        Assert.Equal(jobs, await CounterAsync("count:state:Succeeded", cancellationToken));
        Assert.Equal(0, await CounterAsync("count:state:Processing", cancellationToken));
        Assert.Equal(0, await CounterAsync("count:state:Enqueued", cancellationToken));
        Assert.Equal(0, await CounterAsync("count:queue:default", cancellationToken));
    }

    private async Task AssertNoneAsync(string what, string sql, CancellationToken cancellationToken)
    {
        var found = await AskAsync<string>(
            $"select coalesce(string_agg(id::text, ' '), '') from (select * from ({sql}) f(id) limit 20) shown",
            cancellationToken
        );
        Assert.True(found.Length == 0, $"Jobs {what}: {found}");
    }

    private async Task<bool> TryAskAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync<bool>(sql, cancellationToken);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
