using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>
/// Rows of <c>files</c> and <c>file_pieces</c>: write, find, list, read, erase. Who lets a job read from a file locks
/// the file's row for share and inserts into <c>job_inputs</c> in one transaction; erasing locks it for update first.
/// </summary>
public sealed class FileStore(NpgsqlDataSource database)
{
    internal const string Columns = """
        tenant, id, name, format, encoding, delimiter, columns, widest, records, faulty, bytes, sha256, created_at
        """;

    /// <summary>Begins a file under a new id. Nothing of it is there before the writer's completion.</summary>
    public FileWriter Begin(string tenant) => new(database, tenant, TimeOrderedId.Next());

    /// <summary>The file, or null.</summary>
    public async Task<StoredFile?> FindAsync(string tenant, Guid id, CancellationToken cancellationToken) =>
        (await FindAllAsync(tenant, [id], cancellationToken)).SingleOrDefault();

    /// <summary>Those of the files that exist, oldest first.</summary>
    public async Task<List<StoredFile>> FindAllAsync(
        string tenant,
        IReadOnlyCollection<Guid> ids,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from jobserver.files where tenant = @tenant and id = any (@ids) order by id"
        );
        command.Parameters.With("tenant", tenant).With("ids", ids.ToArray());
        return await ReadFilesAsync(command, cancellationToken);
    }

    /// <summary>Files newest first, those after <paramref name="before"/> in that order.</summary>
    public async Task<List<StoredFile>> ListAsync(
        string tenant,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            $"""
            select {Columns} from jobserver.files
            where tenant = @tenant and job_id is null and (@before is null or id < @before)
            order by id desc
            limit @limit
            """
        );
        command.Parameters.With("tenant", tenant).With("before", NpgsqlDbType.Uuid, before).With("limit", limit);
        return await ReadFilesAsync(command, cancellationToken);
    }

    /// <summary>
    /// The first pieces that hold records from <paramref name="from"/> up to, not including, <paramref name="to"/>, in
    /// order and whole: the first and the last may hold others too.
    /// </summary>
    /// <param name="limit">Pieces at most.</param>
    public async Task<List<FilePiece>> ReadAsync(
        string tenant,
        Guid id,
        int from,
        int to,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.CreateCommand(
            """
            select first_record, record_count, content from jobserver.file_pieces
            where file_id = @file and tenant = @tenant and first_record < @to
                and first_record >= coalesce((
                    select max(first_record) from jobserver.file_pieces
                    where file_id = @file and tenant = @tenant and first_record <= @from
                ), 0)
                and first_record + record_count > @from
            order by first_record
            limit @limit
            """
        );
        command
            .Parameters.With("tenant", tenant)
            .With("file", id)
            .With("from", from)
            .With("to", to)
            .With("limit", limit);
        var pieces = new List<FilePiece>();
        await using var row = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            pieces.Add(
                new FilePiece(
                    row.GetInt32(0),
                    row.GetInt32(1),
                    await row.GetFieldValueAsync<byte[]>(2, cancellationToken)
                )
            );
        }

        return pieces;
    }

    /// <summary>Erases a file, and later its pieces, unless a job that has not ended reads from it.</summary>
    public async Task<FileDeletion> DeleteAsync(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        foreach (
            var sql in new[]
            {
                "select from jobserver.files where tenant = @tenant and id = @file for update",
                // A statement of its own: it sees the jobs that were accepted while the lock was waited for.
                """
                    with erased as (
                        delete from jobserver.files
                        where tenant = @tenant and id = @file and not exists (
                            select from jobserver.job_inputs i
                            join jobserver.jobs j on j.tenant = i.tenant and j.id = i.job_id
                            where i.tenant = @tenant and i.source_id = @file and j.finished_at is null
                        )
                        returning tenant, id
                    )
                    insert into jobserver.erasures (tenant, id) select tenant, id from erased returning id
                    """,
            }
        )
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.With("tenant", tenant).With("file", id);
            batch.BatchCommands.Add(command);
        }

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var known = await row.ReadAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        var deleted = await row.ReadAsync(cancellationToken);
        return (known, deleted) switch
        {
            (false, _) => FileDeletion.Unknown,
            (true, true) => FileDeletion.Deleted,
            (true, false) => FileDeletion.InUse,
        };
    }

    private static async Task<List<StoredFile>> ReadFilesAsync(
        NpgsqlCommand command,
        CancellationToken cancellationToken
    )
    {
        var files = new List<StoredFile>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            files.Add(ReadFile(row));
        return files;
    }

    internal static StoredFile ReadFile(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetGuid(1),
            row.TextOrNull(2),
            row.GetString(3),
            row.GetString(4),
            row.TextOrNull(5),
            row.GetFieldValue<string[]>(6),
            row.GetInt32(7),
            row.GetInt32(8),
            row.GetInt32(9),
            row.GetInt64(10),
            row.GetFieldValue<byte[]>(11),
            row.GetFieldValue<DateTimeOffset>(12)
        );
}
