using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using JobServer.BatchedStorage.Claiming;
using JobServer.BatchedStorage.Writing;

namespace JobServer.BatchedStorage;

/// <summary>Records what Hangfire wants written as data; <see cref="Commit"/> hands all of it over.</summary>
internal sealed class BatchedTransaction(BatchedConnection connection, StorageParts parts) : JobStorageTransaction
{
    private readonly Unit _unit = new();

    // What a hold on a job of the queue becomes once this is committed.
    private FetchedJob? _acknowledged;

    public override void SetJobState(string jobId, IState state)
    {
        var change = _unit.ChangeOf(JobId.Parse(jobId));
        change.Read ??= connection.SnapshotOf(change.JobId);
        change.State = Record(change.JobId, state);
    }

    public override void AddJobState(string jobId, IState state) => Record(JobId.Parse(jobId), state);

    public override void ExpireJob(string jobId, TimeSpan expireIn)
    {
        var change = _unit.ChangeOf(JobId.Parse(jobId));
        (change.Expiry, change.ExpireIn) = (Expiry.Set, expireIn);
    }

    public override void PersistJob(string jobId) => _unit.ChangeOf(JobId.Parse(jobId)).Expiry = Expiry.Cleared;

    public override void AddToQueue(string queue, string jobId) =>
        _unit.Queued.Add(new QueueRow(queue, JobId.Parse(jobId)));

    public override void RemoveFromQueue(IFetchedJob fetchedJob)
    {
        _acknowledged = (FetchedJob)fetchedJob;
        _unit.Released.Add(_acknowledged.Hold);
    }

    public override void IncrementCounter(string key) => _unit.Counters.Add(new CounterRow(key, +1, null));

    public override void IncrementCounter(string key, TimeSpan expireIn) =>
        _unit.Counters.Add(new CounterRow(key, +1, expireIn));

    public override void DecrementCounter(string key) => _unit.Counters.Add(new CounterRow(key, -1, null));

    public override void DecrementCounter(string key, TimeSpan expireIn) =>
        _unit.Counters.Add(new CounterRow(key, -1, expireIn));

    public override void AddToSet(string key, string value) => AddToSet(key, value, 0);

    public override void AddToSet(string key, string value, double score)
    {
        if (_unit.Rare.Count > 0)
        {
            Rare(parts.Sql.AddToSet, key, value, score);
            return;
        }

        Forget(key, value);
        _unit.AddedToSets.Add(new SetRow(key, value, score));
    }

    public override void RemoveFromSet(string key, string value)
    {
        if (_unit.Rare.Count > 0)
        {
            Rare(parts.Sql.RemoveFromSet, key, value);
            return;
        }

        Forget(key, value);
        _unit.RemovedFromSets.Add(new SetRow(key, value, 0));
    }

    public override void AddRangeToSet(string key, IList<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
            AddToSet(key, item);
    }

    public override void RemoveSet(string key) => Rare(parts.Sql.RemoveSet, key);

    public override void ExpireSet(string key, TimeSpan expireIn) => Rare(parts.Sql.ExpireSet, key, expireIn);

    public override void PersistSet(string key) => Rare(parts.Sql.PersistSet, key);

    public override void InsertToList(string key, string value) => Rare(parts.Sql.InsertToList, key, value);

    public override void RemoveFromList(string key, string value) => Rare(parts.Sql.RemoveFromList, key, value);

    public override void TrimList(string key, int keepStartingFrom, int keepEndingAt) =>
        Rare(parts.Sql.TrimList, key, keepStartingFrom, Math.Max(0, keepEndingAt - keepStartingFrom + 1));

    public override void ExpireList(string key, TimeSpan expireIn) => Rare(parts.Sql.ExpireList, key, expireIn);

    public override void PersistList(string key) => Rare(parts.Sql.PersistList, key);

    public override void SetRangeInHash(string key, IEnumerable<KeyValuePair<string, string>> keyValuePairs)
    {
        ArgumentNullException.ThrowIfNull(keyValuePairs);
        foreach (var (field, value) in keyValuePairs)
            Rare(parts.Sql.SetInHash, key, field, (object?)value ?? DBNull.Value);
    }

    public override void RemoveHash(string key) => Rare(parts.Sql.RemoveHash, key);

    public override void ExpireHash(string key, TimeSpan expireIn) => Rare(parts.Sql.ExpireHash, key, expireIn);

    public override void PersistHash(string key) => Rare(parts.Sql.PersistHash, key);

    public override void Commit() => connection.Commit(_unit, _acknowledged);

    /// <summary>Now, not when it is written: filters may change the state's object, and times are those of the change.</summary>
    private StateRow Record(long jobId, IState state)
    {
        var row = new StateRow(
            parts.StateIds.Next(floor: connection.FloorOf(jobId)),
            jobId,
            state.Name,
            state.Reason,
            SerializationHelper.Serialize(state.SerializeData()),
            parts.Time.GetUtcNow().UtcDateTime
        );
        _unit.States.Add(row);
        return row;
    }

    /// <summary>One statement may touch a member of a set only once; the last word counts.</summary>
    private void Forget(string key, string value)
    {
        _unit.AddedToSets.RemoveAll(row => row.Key == key && row.Value == value);
        _unit.RemovedFromSets.RemoveAll(row => row.Key == key && row.Value == value);
    }

    /// <summary>Written in order and after all else: what follows one on the same sets must be one too.</summary>
    private void Rare(string sql, string key, params ReadOnlySpan<object> values)
    {
        ArgumentNullException.ThrowIfNull(key);
        _unit.Rare.Add(new RareOperation(sql, [key, .. values]));
    }
}
