using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>Records that come with a submission, to be stored as a file of that job.</summary>
/// <param name="Faulty">Those that are known to be rejects.</param>
public sealed record NewRecords(
    Guid FileId,
    IReadOnlyList<string> Columns,
    IReadOnlyList<FilePiece> Pieces,
    int Faulty
);

/// <summary>What jobs read from: rows of <c>job_inputs</c>. All of it joins the ambient transaction of an acceptance.</summary>
public sealed class InputStore(NpgsqlDataSource database)
{
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

    /// <summary>Stores records that came with the job.</summary>
    public async Task InsertAsync(JobKey job, NewRecords records, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = connection.CreateBatch();
        var insertPieces = new NpgsqlBatchCommand(
            """
            insert into jobserver.file_pieces (tenant, file_id, first_record, record_count, content)
            select @tenant, @file, first_record, record_count, content
            from unnest(@firsts, @counts, @contents) as p (first_record, record_count, content)
            """
        );
        insertPieces
            .Parameters.With("tenant", job.Tenant)
            .With("file", records.FileId)
            .With("firsts", records.Pieces.Select(piece => piece.FirstRecord).ToArray())
            .With("counts", records.Pieces.Select(piece => piece.RecordCount).ToArray())
            .With(
                "contents",
                NpgsqlDbType.Array | NpgsqlDbType.Bytea,
                records.Pieces.Select(piece => piece.Content).ToArray()
            );
        var insertFile = new NpgsqlBatchCommand(
            """
            insert into jobserver.files (
                tenant, id, job_id, format, encoding, columns, widest, records, faulty, bytes, sha256
            )
            values (@tenant, @file, @job, 'json', 'utf-8', @columns, 0, @records, @faulty, @bytes, ''::bytea)
            """
        );
        insertFile
            .Parameters.WithJob(job)
            .With("file", records.FileId)
            .With("columns", records.Columns.ToArray())
            .With("records", records.Pieces.Sum(piece => piece.RecordCount))
            .With("faulty", records.Faulty)
            .With("bytes", records.Pieces.Sum(piece => (long)piece.Content.Length));
        batch.BatchCommands.Add(insertPieces);
        batch.BatchCommands.Add(insertFile);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
