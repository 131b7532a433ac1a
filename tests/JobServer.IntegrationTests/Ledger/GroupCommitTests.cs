using System.Text;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.IntegrationTests.Ledger;

public sealed class GroupCommitTests(TestCluster cluster)
{
    private static readonly byte[] Value = Encoding.UTF8.GetBytes("""{"n":1}""");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commit_under_a_past_epoch_writes_nothing_and_one_under_the_present_epoch_does()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var items = new ItemStore(source);
        var job = await AcceptAsync(source, chunks: 2);
        var first = await ClaimAsync(source, job, held: []);
        var second = await ClaimAsync(source, job, held: [first.ChunkNo]);

        await database.ExecuteAsync("update jobserver.chunks set epoch = epoch + 1 where chunk_no = 0", Cancel);
        var commit = await items.CommitAsync(job, [Outcome(first, 0), Outcome(second, 2)], Cancel);

        Assert.Equal([first.ChunkNo], commit.Fenced);
        Assert.False(commit.FinishedJob);
        Assert.Equal("2 1 1", await CountsAsync(database));

        // The newer attempt does the fenced chunk, and the rest of the other.
        var again = await ClaimAsync(source, job, held: [second.ChunkNo]);
        commit = await items.CommitAsync(job, [Outcome(again, 0), Outcome(again, 1), Outcome(second, 3)], Cancel);
        Assert.Empty(commit.Fenced);
        Assert.True(commit.FinishedJob);
        Assert.Equal("0,1,2,3 4 4", await CountsAsync(database));
    }

    [Fact]
    public async Task Commit_whose_answer_was_lost_is_not_written_again()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var items = new ItemStore(source);
        var job = await AcceptAsync(source, chunks: 1);
        var chunk = await ClaimAsync(source, job, held: []);
        await items.CommitAsync(job, [Outcome(chunk, 0)], Cancel);

        var unrecorded = await items.UnrecordedAsync(job, [Outcome(chunk, 0), Outcome(chunk, 1)], Cancel);

        Assert.Equal([1], unrecorded.Select(outcome => outcome.Seq));
    }

    [Fact]
    public async Task End_of_a_lane_that_waits_for_a_commit_does_not_hold_what_the_commit_needs_next()
    {
        await using var database = await cluster.CreateDatabaseAsync(Cancel);
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var job = await AcceptAsync(source, chunks: 1);
        await ClaimAsync(source, job, held: []);
        await database.ExecuteAsync("update jobserver.chunks set stalls = 1", Cancel);
        // A commit locks its chunks first and counts on the job last.
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using var commit = await connection.BeginTransactionAsync(Cancel);
        await using var chunks = new NpgsqlCommand("update jobserver.chunks set stalls = 0 returning 1", connection);
        Assert.NotNull(await chunks.ExecuteScalarAsync(Cancel));

        var end = new LaneStore(source).EndAsync(new LaneKey(job, 0), epoch: 1, unlessWorkIsLeft: false, Cancel);
        await database.WaitForAsync(
            """
            select exists (
                select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
            )
            """,
            Cancel
        );
        await using var count = new NpgsqlCommand("update jobserver.jobs set succeeded = 1", connection);
        Assert.Equal(1, await count.ExecuteNonQueryAsync(Cancel));
        await commit.CommitAsync(Cancel);

        Assert.Equal(JobState.Running, (await end)?.State);
    }

    private static ItemOutcome Outcome(ClaimedChunk chunk, int seq) =>
        new(chunk.ChunkNo, chunk.Epoch, seq, Value, null, null, null, 1, 1);

    private static async Task<JobKey> AcceptAsync(NpgsqlDataSource source, int chunks)
    {
        var job = new JobKey(JobKey.DefaultTenant, Guid.CreateVersion7());
        var input = Encoding.UTF8.GetBytes("""["a","b"]""");
        await new AcceptStore(source).InsertAsync(
            new Accepted(
                new NewJob(
                    job,
                    "fetch",
                    "fetch",
                    "{}"u8.ToArray(),
                    [],
                    1,
                    2,
                    false,
                    chunks * 2,
                    100,
                    null,
                    null,
                    null,
                    new Actor("test")
                ),
                [1],
                []
            ),
            Cancel
        );
        await new ChunkStore(source).InsertAsync(
            job,
            [.. Enumerable.Range(0, chunks).Select(chunk => new NewChunk(chunk, chunk * 2, 2, input))],
            Cancel
        );
        Assert.Equal(1, (await new LaneStore(source).StartAsync(job.Id, 0, 1, "here", Cancel))?.Epoch);
        return job;
    }

    private static async Task<ClaimedChunk> ClaimAsync(NpgsqlDataSource source, JobKey job, int[] held)
    {
        return Assert.Single(
            await new ChunkStore(source).ClaimAsync(new LaneKey(job, 0), 1, after: -1, held, limit: 1, Cancel)
        );
    }

    private static Task<string> CountsAsync(TestDatabase database) =>
        database.QueryAsync<string>(
            """
            select concat_ws(' ', (select string_agg(seq::text, ',' order by seq) from jobserver.items),
                (select sum(recorded) from jobserver.chunks), (select succeeded from jobserver.jobs))
            """,
            Cancel
        );
}
