using System.Text;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.IntegrationTests.Ledger;

public sealed class OutputCommitTests(TestCluster cluster) : IAsyncLifetime
{
    private const int ChunkSize = 4;

    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Runs_are_recorded_with_their_rejects_and_the_last_one_finishes_the_job()
    {
        var (job, chunks) = await BeginAsync(items: 6);
        var outputs = new OutputStore(_source);

        var commit = await outputs.CommitAsync(job, [Run(chunks[0], 0, 3, rejects: [1]), Run(chunks[1], 4, 2)], Cancel);
        Assert.False(commit.FinishedJob);
        Assert.Equal("0-3,4-2 1 3,2 running 4 1", await RecordedAsync());

        commit = await outputs.CommitAsync(job, [Run(chunks[0], 3, 1, rejects: [3])], Cancel);
        Assert.True(commit.FinishedJob);
        Assert.Equal("0-3,3-1,4-2 1,3 4,2 partially_succeeded 4 2", await RecordedAsync());
    }

    [Fact]
    public async Task Run_under_a_past_epoch_writes_nothing_and_others_of_its_group_are_written()
    {
        var (job, chunks) = await BeginAsync(items: 8);
        await _database.ExecuteAsync("update jobserver.chunks set epoch = epoch + 1 where chunk_no = 0", Cancel);

        var group = new[] { Run(chunks[0], 0, 4, rejects: [2]), Run(chunks[1], 4, 4) };
        var commit = await new OutputStore(_source).CommitAsync(job, group, Cancel);

        Assert.Equal([0], commit.Fenced);
        Assert.Equal("4-4  0,4 running 4 0", await RecordedAsync());
    }

    [Fact]
    public async Task Commit_whose_answer_was_lost_is_not_written_again()
    {
        var (job, chunks) = await BeginAsync(items: 4);
        var outputs = new OutputStore(_source);
        await outputs.CommitAsync(job, [Run(chunks[0], 0, 2)], Cancel);

        var unrecorded = await outputs.UnrecordedAsync(job, [Run(chunks[0], 0, 2), Run(chunks[0], 2, 2)], Cancel);

        Assert.Equal([2], unrecorded.Select(run => run.FirstSeq));
    }

    [Fact]
    public async Task Reject_that_cannot_be_stored_keeps_no_other_run_from_being_recorded_as_it_is()
    {
        var (job, chunks) = await BeginAsync(items: 12);
        var bad = Run(chunks[1], 4, 4, rejects: [5]);
        bad = bad with { Rejects = [bad.Rejects[0] with { Value = "not JSON"u8.ToArray() }] };

        var group = new[] { Run(chunks[0], 0, 4, rejects: [1]), bad, Run(chunks[2], 8, 4, rejects: [9]) };
        var commit = await new OutputStore(_source).CommitAsync(job, group, Cancel);

        Assert.True(commit.FinishedJob);
        Assert.Equal("0-4,4-4,8-4 1,5,9 4,4,4 partially_succeeded 9 3", await RecordedAsync());
        Assert.Equal(
            "missing_field unstorable missing_field",
            await _database.QueryAsync<string>(
                "select string_agg(error_code, ' ' order by seq) from jobserver.items",
                Cancel
            )
        );
    }

    [Fact]
    public async Task What_is_left_fails_from_the_first_item_that_no_run_holds_on()
    {
        var (job, chunks) = await BeginAsync(items: 8);
        await new OutputStore(_source).CommitAsync(job, [Run(chunks[0], 0, 3, rejects: [1])], Cancel);

        var failed = await new ChunkStore(_source).FailRemainingAsync(
            job,
            chunkNo: null,
            lane: null,
            new JobError("timeout", "Time is up."),
            Cancel
        );

        Assert.Equal(5, failed);
        Assert.Equal("0-3 1,3,4,5,6,7 4,4 partially_succeeded 2 6", await RecordedAsync());
    }

    [Fact]
    public async Task Lane_goes_on_where_its_last_run_ended()
    {
        var (job, chunks) = await BeginAsync(items: 8);
        await new OutputStore(_source).CommitAsync(job, [Run(chunks[0], 0, 3)], Cancel);
        var found = (await new JobStore(_source).FindAsync(job, Cancel))!;
        Assert.Equal(3, await new ResultStore(_source).CompletedPrefixAsync(found, Cancel));

        var again = await ClaimAsync(job, limit: 5);

        Assert.Equal([(0, 2, 3), (1, 2, 0)], again.Select(chunk => (chunk.ChunkNo, chunk.Epoch, chunk.Recorded)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 4)]
    [InlineData(5, 4)]
    [InlineData(6, null)]
    public async Task Run_is_found_by_any_of_its_items_or_by_one_before_it(int seq, int? firstSeq)
    {
        var (job, chunks) = await BeginAsync(items: 8);
        await new OutputStore(_source).CommitAsync(job, [Run(chunks[0], 0, 3), Run(chunks[1], 4, 2)], Cancel);

        Assert.Equal(firstSeq, (await new OutputStore(_source).FindAsync(job, seq, Cancel))?.FirstSeq);
    }

    private static OutputRun Run(ClaimedChunk chunk, int firstSeq, int count, params int[] rejects) =>
        new(
            chunk.ChunkNo,
            chunk.Epoch,
            firstSeq,
            count,
            Encoding.UTF8.GetBytes("null\n" + string.Concat(Enumerable.Repeat("{}\n", count))),
            [
                .. rejects.Select(seq => new ItemOutcome(
                    chunk.ChunkNo,
                    chunk.Epoch,
                    seq,
                    "{}"u8.ToArray(),
                    "missing_field",
                    "",
                    null,
                    1,
                    1
                )),
            ],
            DurationMs: 1
        );

    private async Task<(JobKey Job, IReadOnlyList<ClaimedChunk> Chunks)> BeginAsync(int items)
    {
        var job = new JobKey(JobKey.DefaultTenant, Guid.CreateVersion7());
        await new AcceptStore(_source).InsertAsync(
            new Accepted(
                new NewJob(
                    job,
                    "enrichment",
                    "enrichment",
                    "{}"u8.ToArray(),
                    [],
                    1,
                    ChunkSize,
                    true,
                    items,
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
        await new ChunkStore(_source).InsertAsync(job, items, ChunkSize, Cancel);
        await new LaneStore(_source).StartAsync(job.Id, 0, 1, "here", Cancel);
        return (job, await ClaimAsync(job, limit: 10));
    }

    private Task<IReadOnlyList<ClaimedChunk>> ClaimAsync(JobKey job, int limit) =>
        new ChunkStore(_source).ClaimAsync(new LaneKey(job, 0), laneEpoch: 1, after: -1, held: [], limit, Cancel);

    /// <summary>Runs, failed items, how far each chunk is, state and counters of the job.</summary>
    private Task<string> RecordedAsync() =>
        _database.QueryAsync<string>(
            """
            select format('%s %s %s %s %s %s',
                (select string_agg(first_seq || '-' || item_count, ',' order by first_seq) from jobserver.outputs),
                (select string_agg(seq::text, ',' order by seq) from jobserver.items where state = 'failed'),
                (select string_agg(recorded::text, ',' order by chunk_no) from jobserver.chunks),
                state, succeeded, failed)
            from jobserver.jobs
            """,
            Cancel
        );
}
