using System.Text;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.IntegrationTests.Ledger;

public sealed class FileStoreTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Tenant = JobKey.DefaultTenant;

    private TestDatabase _database = null!;
    private NpgsqlDataSource _source = null!;
    private FileStore _files = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await cluster.CreateDatabaseAsync(Cancel);
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
        _files = new FileStore(_source);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_was_written_is_found_again_and_only_by_its_tenant()
    {
        var file = await WriteAsync(3, 2);

        var found = await _files.FindAsync(Tenant, file.Id, Cancel);

        Assert.Equivalent(file, found, strict: true);
        Assert.Equal(("a.csv", "csv", "latin-1", ";", 4, 5, 1, 11L), Numbers(found!));
        Assert.Equal(["x", "y"], found!.Columns);
        Assert.Equal([7, 7], found.Sha256);
        Assert.Null(await _files.FindAsync("another", file.Id, Cancel));
        Assert.Empty(await ReadAsync("another", file.Id, 0, 5));
        Assert.Equal(FileDeletion.Unknown, await _files.DeleteAsync("another", file.Id, Cancel));

        static (string?, string, string, string?, int, int, int, long) Numbers(StoredFile f) =>
            (f.Name, f.Format, f.Encoding, f.Delimiter, f.Widest, f.Records, f.Faulty, f.Bytes);
    }

    [Theory]
    [InlineData(0, 6, "0-3 3-5 5-6")]
    [InlineData(0, 1, "0-3")]
    [InlineData(2, 3, "0-3")]
    [InlineData(2, 4, "0-3 3-5")]
    [InlineData(3, 5, "3-5")]
    [InlineData(4, 100, "3-5 5-6")]
    [InlineData(5, 6, "5-6")]
    [InlineData(6, 9, "")]
    [InlineData(3, 3, "")]
    public async Task Exactly_the_pieces_that_overlap_are_read(int from, int to, string expected)
    {
        await WriteAsync(4);
        var file = await WriteAsync(3, 2, 1);

        var pieces = await ReadAsync(Tenant, file.Id, from, to);

        Assert.Equal(
            expected,
            string.Join(' ', pieces.Select(p => $"{p.FirstRecord}-{p.FirstRecord + p.RecordCount}"))
        );
        Assert.All(pieces, piece => Assert.Equal(Content(piece.RecordCount), piece.Content.ToArray()));
    }

    [Fact]
    public async Task Lists_are_newest_first_and_go_on_after_a_file()
    {
        var files = new List<StoredFile>();
        for (var n = 0; n < 4; n++)
            files.Add(await WriteAsync(1));
        files.Reverse();

        var first = await _files.ListAsync(Tenant, null, 3, Cancel);
        var rest = await _files.ListAsync(Tenant, first[^1].Id, 3, Cancel);

        Assert.Equal(files.Select(f => f.Id), first.Concat(rest).Select(f => f.Id));
        Assert.Equal(3, first.Count);
        var some = await _files.FindAllAsync(Tenant, [files[0].Id, Guid.NewGuid(), files[2].Id], Cancel);
        Assert.Equal([files[2].Id, files[0].Id], some.Select(f => f.Id));
    }

    [Fact]
    public async Task A_writer_that_does_not_complete_leaves_nothing_and_its_connection_is_usable()
    {
        await using (var writer = _files.Begin(Tenant))
            await writer.WriteAsync(new FilePiece(0, 3, Content(3)), Cancel);

        await using (_files.Begin(Tenant)) { }

        await AssertRowsAsync("0 0");
        await WriteAsync(1);
        await AssertRowsAsync("1 1");
    }

    [Fact]
    public async Task A_file_without_records_has_no_pieces()
    {
        var file = await WriteAsync();

        Assert.Empty(await ReadAsync(Tenant, file.Id, 0, int.MaxValue));
        await AssertRowsAsync("1 0");
    }

    [Fact]
    public async Task A_file_is_erased_with_its_pieces_once_no_unfinished_job_reads_from_it()
    {
        var file = await WriteAsync(3, 2);
        var other = await WriteAsync(1);
        var job = await AcceptAsync(file.Id);

        Assert.Equal(FileDeletion.InUse, await _files.DeleteAsync(Tenant, file.Id, Cancel));
        await AssertRowsAsync("2 3");
        await _database.ExecuteAsync(
            $"update jobserver.jobs set state = 'failed', finished_at = now() where id = '{job}'",
            Cancel
        );
        Assert.Equal(FileDeletion.Deleted, await _files.DeleteAsync(Tenant, file.Id, Cancel));
        Assert.Equal(FileDeletion.Unknown, await _files.DeleteAsync(Tenant, file.Id, Cancel));

        await AssertRowsAsync("1 3");
        var erasures = new ErasureStore(_source);
        while (await erasures.StepAsync(rows: 1, Cancel))
            continue;
        await AssertRowsAsync("1 1");
        Assert.NotNull(await _files.FindAsync(Tenant, other.Id, Cancel));
    }

    [Fact]
    public async Task A_job_that_is_being_accepted_is_waited_for_and_keeps_its_file()
    {
        var file = await WriteAsync(1);
        await using var connection = await _source.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var share = new NpgsqlCommand(
            $"select id from jobserver.files where id = '{file.Id}' for share",
            connection
        );
        Assert.NotNull(await share.ExecuteScalarAsync(Cancel));

        var deletion = _files.DeleteAsync(Tenant, file.Id, Cancel);
        await _database.WaitForAsync(
            """
            select exists (
                select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
            )
            """,
            Cancel
        );
        await using var accept = new NpgsqlCommand(AcceptSql(Guid.CreateVersion7(), file.Id), connection);
        await accept.ExecuteNonQueryAsync(Cancel);
        await transaction.CommitAsync(Cancel);

        Assert.Equal(FileDeletion.InUse, await deletion);
        await AssertRowsAsync("1 1");
    }

    private static byte[] Content(int records) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, records).Select(n => $"[\"{n}\",\"ü\"]\n")));

    private async Task<StoredFile> WriteAsync(params int[] pieces)
    {
        await using var writer = _files.Begin(Tenant);
        var records = 0;
        foreach (var count in pieces)
        {
            await writer.WriteAsync(new FilePiece(records, count, Content(count)), Cancel);
            records += count;
        }

        var file = new NewFile(
            "a.csv",
            "csv",
            "latin-1",
            ";",
            ["x", "y"],
            4,
            records,
            Math.Min(1, records),
            11,
            [7, 7]
        );
        var stored = await writer.CompleteAsync(file, Cancel);
        Assert.Equal(writer.Id, stored.Id);
        return stored;
    }

    private Task<List<FilePiece>> ReadAsync(string tenant, Guid id, int from, int to) =>
        _files.ReadAsync(tenant, id, from, to, limit: 100, Cancel);

    private async Task<Guid> AcceptAsync(Guid file)
    {
        var job = Guid.CreateVersion7();
        await _database.ExecuteAsync(AcceptSql(job, file), Cancel);
        return job;
    }

    private static string AcceptSql(Guid job, Guid file) =>
        $"""
            insert into jobserver.jobs (
                id, kind, queue, state, args, tags, lanes, chunk_size, total, tolerate_failed_percent
            )
            values ('{job}', 'enrichment', 'enrichment', 'queued', '[]', array[]::text[], 1, 1, 1, 100);
            insert into jobserver.job_inputs (job_id, source_id) values ('{job}', '{file}')
            """;

    private async Task AssertRowsAsync(string filesAndPieces) =>
        Assert.Equal(
            filesAndPieces,
            await _database.QueryAsync<string>(
                "select concat_ws(' ', (select count(*) from jobserver.files), (select count(*) from jobserver.file_pieces))",
                Cancel
            )
        );
}
