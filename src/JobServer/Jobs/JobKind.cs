using System.Text.Json;
using JobServer.Access;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>One kind of job: its name in URLs and in the ledger, its queue, and who runs its items.</summary>
internal interface IJobKind
{
    /// <summary>Lower case; the last part of the URL it is submitted to.</summary>
    string Name { get; }

    /// <summary>The Hangfire queue its lanes wait in.</summary>
    string Queue { get; }

    /// <summary>How many lanes share the concurrency of a job with these args and so many items.</summary>
    int LanesFor(byte[] args, int items);

    /// <summary>How a lane goes about its items.</summary>
    LanePace Pace => LanePace.Shared;

    /// <summary>What a key needs to have jobs of it made, in whichever way.</summary>
    string Scope => Scopes.WriteJobs;

    /// <summary>Whether <c>/report</c> behind the job's address says what all of its items together came to.</summary>
    bool HasReport => false;

    /// <summary>Stored args as clients may see them: without what may be a secret.</summary>
    byte[] ShowArgs(byte[] args) => args;
}

/// <summary>How a lane goes about its items.</summary>
/// <param name="Slice">After this it hands over to a successor, which queues up behind the lanes of other jobs.</param>
/// <param name="RecordsEach">Every item is recorded before the next one runs, in place of groups of them.</param>
internal sealed record LanePace(TimeSpan Slice, bool RecordsEach)
{
    /// <summary>Other jobs get their turn, and a commit serves as many items as there are.</summary>
    public static readonly LanePace Shared = new(TimeSpan.FromSeconds(5), RecordsEach: false);

    /// <summary>Stays in one process to the job's end, and does nothing beside the item that runs.</summary>
    public static readonly LanePace Undisturbed = new(TimeSpan.MaxValue, RecordsEach: true);
}

/// <summary>A kind whose items are calls or as dear: each is run, and recorded, by itself.</summary>
internal interface IItemKind : IJobKind
{
    /// <summary>Items of one chunk: what is claimed, fenced and resumed as one.</summary>
    int ChunkSize { get; }

    /// <summary>Prepares to run items of the job within one lane's share of its limits.</summary>
    IItemHandler OpenLane(Job job, int lane);

    /// <summary>What a client knows the item by, as it stands in a chunk's input.</summary>
    string? KeyOf(JsonElement item);

    /// <summary>The members of its values, in their order.</summary>
    IReadOnlyList<string> Columns { get; }
}

/// <summary>A kind whose items are cheap and many: a chunk of them is run, and recorded, as one.</summary>
internal interface IBatchKind : IJobKind
{
    /// <summary>Prepares to run chunks of the job within one lane's share of its limits.</summary>
    /// <param name="epoch">Of this run of the lane.</param>
    IBatchHandler OpenLane(Job job, int lane, int epoch);

    /// <summary>Tells what a client knows each item of the job by, from its number.</summary>
    Func<int, string?> KeysOf(Job job);

    /// <summary>The columns of the values of succeeded items, and those of what failed items were made of.</summary>
    (IReadOnlyList<string> Values, IReadOnlyList<string> Inputs) ColumnsOf(Job job);
}

/// <summary>Runs chunks of one job for one run of one lane.</summary>
internal interface IBatchHandler
{
    /// <summary>
    /// Runs the items of these chunks in order, each chunk from the first item that is not recorded on, and hands over
    /// run after run of them. No run reaches beyond its chunk.
    /// </summary>
    IAsyncEnumerable<OutputRun> RunAsync(IReadOnlyList<ClaimedChunk> chunks, CancellationToken cancellationToken);

    /// <summary>Called when nobody needs the run's memory any more.</summary>
    void Taken(OutputRun run);
}

/// <summary>Runs items of one job for one run of one lane.</summary>
internal interface IItemHandler
{
    /// <summary>Items that are taken up at once.</summary>
    int Runners { get; }

    /// <summary>Items at most that wait to go on, beside those.</summary>
    int MaxWaiting { get; }

    /// <summary>Reads a chunk's input once; its items are run by their place in it.</summary>
    IChunkItems OpenChunk(ReadOnlyMemory<byte> input);
}

/// <summary>The items of one claimed chunk.</summary>
internal interface IChunkItems
{
    /// <summary>The item at <paramref name="index"/>, not begun yet.</summary>
    IItemRun Open(int index);
}

/// <summary>One item on its way. Its failure is a value; only cancellation is an exception.</summary>
internal interface IItemRun
{
    /// <summary>Runs it until it ends, or until it would have to wait before it goes on: then null.</summary>
    ValueTask<ItemResult?> StartAsync(CancellationToken cancellationToken);

    /// <summary>After a null: waits as long as it must, and runs it to its end.</summary>
    Task<ItemResult> GoOnAsync(CancellationToken cancellationToken);
}

/// <summary>How an item ended: a value, or an error with its code.</summary>
/// <param name="Value">UTF-8 JSON.</param>
/// <param name="ErrorHost">What errors are grouped by beside their code.</param>
internal readonly record struct ItemResult(
    ReadOnlyMemory<byte>? Value,
    string? ErrorCode,
    string? ErrorDetail,
    string? ErrorHost,
    int Attempts
)
{
    public static ItemResult Success(ReadOnlyMemory<byte> value, int attempts) =>
        new(value, null, null, null, attempts);

    public static ItemResult Failure(string code, string detail, string? host, int attempts) =>
        new(null, code, detail, host, attempts);
}

/// <summary>All kinds of this server.</summary>
internal sealed class JobKinds(IEnumerable<IJobKind> kinds)
{
    private readonly Dictionary<string, IJobKind> _byName = kinds.ToDictionary(kind => kind.Name);

    public IReadOnlyCollection<IJobKind> All => _byName.Values;

    public IJobKind? Find(string name) => _byName.GetValueOrDefault(name);

    /// <exception cref="NewerJobException">There is none of this name.</exception>
    public IJobKind Get(string name) =>
        Find(name) ?? throw new NewerJobException($"This version does not know jobs of kind '{name}'.");
}
