using Hangfire;
using Hangfire.Client;
using Hangfire.Common;
using Hangfire.States;
using JobServer.BatchedStorage.Writing;
using Npgsql;

namespace JobServer.BatchedStorage;

/// <summary>
/// Creates any number of jobs in one commit: its own, or that of the caller's transaction. A client like any other, whose
/// filters run at once, but nobody sees a job before the commit. Not for two threads at once.
/// </summary>
/// <remarks>
/// It only creates: a continuation of a job that is not the batch's, and a change of state, are not part of its commit and
/// are refused. To be written once; after a failure, make another.
/// </remarks>
public sealed class JobBatch : IBackgroundJobClientV2
{
    // More makes no job cheaper and holds more memory.
    private const int UnitsAtOnce = 1000;

    // The next one is sent while the database works on the last.
    private const int StatementsAtOnce = 10;

    private readonly BatchedPostgreSqlStorage _storage;
    private readonly BackgroundJobFactory _factory;
    private readonly List<Unit> _units = [];
    private readonly Dictionary<long, JobRow> _created = [];

    internal JobBatch(BatchedPostgreSqlStorage storage, IJobFilterProvider? filters)
    {
        _storage = storage;
        _factory = new BackgroundJobFactory(filters ?? JobFilterProviders.Providers);
    }

    /// <inheritdoc/>
    public JobStorage Storage => _storage;

    /// <summary>How many jobs are to be created.</summary>
    public int Count => _created.Count;

    /// <inheritdoc/>
    public string? Create(Job job, IState state) => Create(job, state, new Dictionary<string, object>());

    /// <inheritdoc/>
    /// <returns>Id of the job; null where a filter cancelled its creation.</returns>
    public string? Create(Job job, IState state, IDictionary<string, object> parameters)
    {
        var before = _units.Count;
        try
        {
            using var connection = new BatchedConnection(_storage, _storage.Parts) { Batch = this };
            return _factory.Create(new CreateContext(_storage, connection, job, state, parameters))?.Id;
        }
        catch
        {
            Forget(before);
            throw;
        }
    }

    /// <summary>Not supported: a batch only creates.</summary>
    public bool ChangeState(string jobId, IState state, string expectedState) => throw Refusal();

    /// <summary>Writes all of it in one commit, and tells the workers.</summary>
    /// <exception cref="NpgsqlException">Nothing is written, unless the connection broke during the commit.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        using var suppressed = Outside.Ambient();
        await using var connection = await _storage.Parts.Database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Announce();
    }

    /// <summary>
    /// Writes all of it over the caller's connection, in its transaction; outside of one, in one of its own. To be followed
    /// by <see cref="Announce"/> after the commit.
    /// </summary>
    /// <param name="connection">An open one to the storage's database.</param>
    /// <exception cref="NpgsqlException">Nothing is written; the caller's transaction is to be rolled back.</exception>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        foreach (var statements in Statements().Chunk(StatementsAtOnce))
        {
            await using var batch = new NpgsqlBatch(connection);
            foreach (var statement in statements)
                statement.AddTo(batch);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Adds the statements that write all of it to the caller's, to share their round trip and, where no transaction was
    /// begun, theirs. To be followed by <see cref="Announce"/> after the commit.
    /// </summary>
    /// <remarks>For some hundred jobs: the time of a command is limited, and is that of the whole batch.</remarks>
    public void AddTo(NpgsqlBatch statements)
    {
        ArgumentNullException.ThrowIfNull(statements);
        foreach (var statement in Statements())
            statement.AddTo(statements);
    }

    /// <summary>Tells the workers, who would find the jobs by their next poll.</summary>
    public void Announce() => _storage.Parts.Signals.Announce(_units.SelectMany(unit => unit.Told).ToHashSet());

    internal static NotSupportedException Refusal() =>
        new("A batch only creates jobs: change other jobs, or add continuations to them, once it is committed.");

    /// <summary>Takes over all jobs of another batch.</summary>
    public void Add(JobBatch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other._units.ForEach(Add);
    }

    internal void Add(Unit unit)
    {
        _units.Add(unit);
        foreach (var job in unit.Created)
            _created.Add(job.Id, job);
    }

    private void Forget(int from)
    {
        foreach (var job in _units.Skip(from).SelectMany(unit => unit.Created))
            _created.Remove(job.Id);
        _units.RemoveRange(from, _units.Count - from);
    }

    private IEnumerable<UnitStatement> Statements()
    {
        for (var first = 0; first < _units.Count; first += UnitsAtOnce)
        {
            var statement = new UnitStatement(_storage.Parts.Schema);
            statement.Fill(_units.GetRange(first, Math.Min(UnitsAtOnce, _units.Count - first)));
            yield return statement;
        }
    }

    internal JobRow? Find(long jobId) => _created.GetValueOrDefault(jobId);
}
