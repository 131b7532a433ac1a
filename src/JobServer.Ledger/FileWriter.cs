using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>What is known of a file once all of it was read.</summary>
public sealed record NewFile(
    string? Name,
    string Format,
    string Encoding,
    string? Delimiter,
    IReadOnlyList<string> Columns,
    int Widest,
    int Records,
    int Faulty,
    long Bytes,
    byte[] Sha256
);

/// <summary>
/// Writes one file in one transaction: its pieces by a COPY that takes them as they come, its row last. Disposed
/// without completion, or with the process killed, it leaves nothing.
/// </summary>
/// <remarks>The connection is taken with the first piece: a file that is refused before costs the database nothing.</remarks>
public sealed class FileWriter : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;
    private readonly string _tenant;
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;
    private NpgsqlBinaryImporter? _pieces;

    internal FileWriter(NpgsqlDataSource database, string tenant, Guid id)
    {
        _database = database;
        _tenant = tenant;
        Id = id;
    }

    /// <summary>The id of the file, version 7.</summary>
    public Guid Id { get; }

    /// <summary>Writes the next piece. Its content can be used anew afterwards.</summary>
    public async Task WriteAsync(FilePiece piece, CancellationToken cancellationToken)
    {
        var rows = _pieces ??= await BeginCopyAsync(cancellationToken);
        await rows.StartRowAsync(cancellationToken);
        await rows.WriteAsync(_tenant, NpgsqlDbType.Text, cancellationToken);
        await rows.WriteAsync(Id, NpgsqlDbType.Uuid, cancellationToken);
        await rows.WriteAsync(piece.FirstRecord, NpgsqlDbType.Integer, cancellationToken);
        await rows.WriteAsync(piece.RecordCount, NpgsqlDbType.Integer, cancellationToken);
        await rows.WriteAsync(piece.Content, NpgsqlDbType.Bytea, cancellationToken);
    }

    /// <summary>Writes the file's row and commits.</summary>
    public async Task<StoredFile> CompleteAsync(NewFile file, CancellationToken cancellationToken)
    {
        await CompletePiecesAsync(cancellationToken);
        var stored = await InsertAsync(file, cancellationToken);
        await _transaction!.CommitAsync(cancellationToken);
        return stored;
    }

    /// <summary>
    /// Writes the file's row, remembers the request that made it, and commits; writes nothing, and returns no file, when
    /// the key is known or not to be had.
    /// </summary>
    public async Task<(StoredFile? File, KeyClaim Claim)> CompleteAsync(
        NewFile file,
        string key,
        KnownRequest request,
        CancellationToken cancellationToken
    )
    {
        await CompletePiecesAsync(cancellationToken);
        var claim = await IdempotencyStore.ClaimAsync(_connection!, _tenant, key, cancellationToken);
        if (claim.Known is not null || !claim.Obtained)
            return (null, claim);
        var stored = await InsertAsync(file, cancellationToken);
        await IdempotencyStore.InsertAsync(_connection!, _tenant, key, request, cancellationToken);
        await _transaction!.CommitAsync(cancellationToken);
        return (stored, claim);
    }

    /// <summary>Takes back what was not completed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_pieces is not null)
            await _pieces.DisposeAsync();
        if (_transaction is not null)
            await _transaction.DisposeAsync();
        if (_connection is not null)
            await _connection.DisposeAsync();
    }

    private async Task CompletePiecesAsync(CancellationToken cancellationToken)
    {
        if (_pieces is not null)
        {
            await _pieces.CompleteAsync(cancellationToken);
            await _pieces.DisposeAsync();
            _pieces = null;
        }

        await BeginAsync(cancellationToken);
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        _connection ??= await _database.OpenConnectionAsync(cancellationToken);
        _transaction ??= await _connection.BeginTransactionAsync(cancellationToken);
    }

    private async Task<NpgsqlBinaryImporter> BeginCopyAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        return await _connection!.BeginBinaryImportAsync(
            """
            copy jobserver.file_pieces (tenant, file_id, first_record, record_count, content) from stdin (format binary)
            """,
            cancellationToken
        );
    }

    private async Task<StoredFile> InsertAsync(NewFile file, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            insert into jobserver.files (
                tenant, id, name, format, encoding, delimiter, columns, widest, records, faulty, bytes, sha256
            )
            values (
                @tenant, @file, @name, @format, @encoding, @delimiter, @columns, @widest, @records, @faulty, @bytes,
                @sha256
            )
            returning {FileStore.Columns}
            """,
            _connection
        );
        command
            .Parameters.With("tenant", _tenant)
            .With("file", Id)
            .With("name", NpgsqlDbType.Text, file.Name)
            .With("format", file.Format)
            .With("encoding", file.Encoding)
            .With("delimiter", NpgsqlDbType.Text, file.Delimiter)
            .With("columns", file.Columns.ToArray())
            .With("widest", file.Widest)
            .With("records", file.Records)
            .With("faulty", file.Faulty)
            .With("bytes", file.Bytes)
            .With("sha256", file.Sha256);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return FileStore.ReadFile(row);
    }
}
