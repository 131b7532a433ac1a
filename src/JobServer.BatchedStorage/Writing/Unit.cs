using JobServer.BatchedStorage.Signalling;

namespace JobServer.BatchedStorage.Writing;

/// <summary>
/// What one transaction of Hangfire's wants written, as data: all of it or nothing. Units of many callers are merged into
/// one statement and one commit.
/// </summary>
internal sealed class Unit
{
    private readonly Outcome _outcome = new();

    public List<JobRow> Created { get; } = [];
    public List<JobChange> Changes { get; } = [];
    public List<StateRow> States { get; } = [];
    public List<ParameterRow> Parameters { get; } = [];
    public List<QueueRow> Queued { get; } = [];
    public List<CounterRow> Counters { get; } = [];
    public List<SetRow> AddedToSets { get; } = [];
    public List<SetRow> RemovedFromSets { get; } = [];

    /// <summary>What is rare, in order, after all else; a unit that has any is written alone.</summary>
    public List<RareOperation> Rare { get; } = [];

    /// <summary>Holds that end with this unit; it fails unless all were good.</summary>
    public List<Hold> Released { get; } = [];

    /// <summary>A hold that must be good still, and goes on: nobody begins a job that has gone back to its queue.</summary>
    public Hold? Needed { get; set; }

    /// <summary>What is to be announced once it is committed: queues, and sets that somebody waits for.</summary>
    public IEnumerable<string> Told =>
        Queued.Select(row => row.Queue).Concat(AddedToSets.Select(row => Lookout.SignalOf(row.Key)).OfType<string>());

    /// <summary>How long it was set aside because of a job that somebody else has locked.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>Ends when the unit is committed, or with the reason why it is not.</summary>
    public Task Done => _outcome.Task;

    /// <summary>About how many rows it writes.</summary>
    public int Rows => Created.Count + Changes.Count + States.Count + Queued.Count;

    public bool IsEmpty =>
        Created.Count == 0
        && Changes.Count == 0
        && States.Count == 0
        && Parameters.Count == 0
        && Queued.Count == 0
        && Counters.Count == 0
        && AddedToSets.Count == 0
        && RemovedFromSets.Count == 0
        && Rare.Count == 0
        && Released.Count == 0;

    /// <summary>The change of this job, made on first use.</summary>
    public JobChange ChangeOf(long jobId)
    {
        foreach (var change in Changes)
        {
            if (change.JobId == jobId)
                return change;
        }

        var made = new JobChange(jobId);
        Changes.Add(made);
        return made;
    }

    /// <summary>Sets a parameter, of which whoever has read the job's finds out.</summary>
    public void Set(ParameterRow parameter)
    {
        Parameters.Add(parameter);
        ChangeOf(parameter.JobId).RaisesVersion = true;
    }

    /// <inheritdoc cref="Done"/>
    public void Wait() => _outcome.Wait();

    /// <returns>Whether somebody awaits it, to be woken by <see cref="Release"/>.</returns>
    public bool Succeed() => _outcome.Set(exception: null);

    /// <summary>Those who block were woken before; those who await go on here.</summary>
    public void Release() => _outcome.Release();

    public void Fail(Exception exception)
    {
        if (_outcome.Set(exception))
            ThreadPool.UnsafeQueueUserWorkItem(static outcome => outcome.Release(), _outcome, preferLocal: false);
    }
}
