using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Records that come with a submission, to be stored as a file of that job.</summary>
/// <param name="Columns">In the order in which they first appear.</param>
/// <param name="Pieces">In order, from record 0 on; objects, or faulty ones.</param>
public sealed record NewRecords(Guid FileId, IReadOnlyList<string> Columns, IAsyncEnumerable<FilePiece> Pieces);

/// <summary>What jobs read from: rows of <c>job_inputs</c>. All of it joins the ambient transaction of an acceptance.</summary>
public sealed class InputStore(NpgsqlDataSource database)
{
    private const long BufferedBytes = 4 << 20;

    /// <summary>
    /// Notes that the job reads from these files or jobs, which nobody can erase from now on. False when one of them
    /// is gone.
    /// </summary>
    public async Task<bool> ReadFromAsync(
        JobKey job,
        IReadOnlyCollection<Guid> sources,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        foreach (
            var sql in new[]
            {
                "select id from jobserver.files where tenant = @tenant and id = any (@sources) order by id for share",
                """
                    select id from jobserver.jobs
                    where tenant = @tenant and id = any (@sources) and finished_at is not null
                    order by id for share
                    """,
                """
                    insert into jobserver.job_inputs (tenant, job_id, source_id)
                    select distinct @tenant, @job, source from unnest(@sources) as source
                    """,
            }
        )
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.WithJob(job).With("sources", NpgsqlDbType.Array | NpgsqlDbType.Uuid, sources.ToArray());
            batch.BatchCommands.Add(command);
        }

        var found = new HashSet<Guid>();
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            while (await row.ReadAsync(cancellationToken))
                found.Add(row.GetGuid(0));
        } while (await row.NextResultAsync(cancellationToken));
        return found.IsSupersetOf(sources);
    }

    /// <summary>Stores records that came with the job, and says how many.</summary>
    public async Task<int> InsertAsync(JobKey job, NewRecords records, CancellationToken cancellationToken)
    {
        var (count, bytes) = (0, 0L);
        var buffer = new List<FilePiece>();
        await foreach (var piece in records.Pieces.WithCancellation(cancellationToken))
        {
            buffer.Add(piece);
            count += piece.RecordCount;
            bytes += piece.Content.Length;
            if (buffer.Sum(buffered => (long)buffered.Content.Length) < BufferedBytes)
                continue;
            await InsertAsync(job, records.FileId, buffer, cancellationToken);
            buffer.Clear();
        }

        await InsertAsync(job, records.FileId, buffer, cancellationToken);
        await using var command = database.CreateCommand(
            """
            insert into jobserver.files (
                tenant, id, job_id, format, encoding, columns, widest, records, faulty, bytes, sha256
            )
            values (@tenant, @file, @job, 'json', 'utf-8', @columns, 0, @records, 0, @bytes, ''::bytea)
            """
        );
        command
            .Parameters.WithJob(job)
            .With("file", records.FileId)
            .With("columns", records.Columns.ToArray())
            .With("records", count)
            .With("bytes", bytes);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return count;
    }

    private async Task InsertAsync(JobKey job, Guid file, List<FilePiece> pieces, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            insert into jobserver.file_pieces (tenant, file_id, first_record, record_count, content)
            select @tenant, @file, first_record, record_count, content
            from unnest(@firsts, @counts, @contents) as p (first_record, record_count, content)
            """
        );
        command
            .Parameters.With("tenant", job.Tenant)
            .With("file", file)
            .With("firsts", pieces.Select(piece => piece.FirstRecord).ToArray())
            .With("counts", pieces.Select(piece => piece.RecordCount).ToArray())
            .With("contents", NpgsqlDbType.Array | NpgsqlDbType.Bytea, pieces.Select(piece => piece.Content).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
