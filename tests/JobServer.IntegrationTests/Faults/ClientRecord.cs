using System.Collections.Concurrent;

namespace JobServer.IntegrationTests.Faults;

/// <summary>What the clients sent and were answered. It shares no fate with host and database.</summary>
internal sealed class ClientRecord(string name)
{
    private readonly ConcurrentDictionary<int, Sent> _sent = new();
    private int _last;
    private int _accepted;

    /// <summary>A tag of all jobs of this record.</summary>
    public string Name => name;

    public ICollection<Sent> All => _sent.Values;

    /// <summary>Submissions that were answered by 202.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Attempts to submit that ended without a 202, by what they ended in.</summary>
    public ConcurrentDictionary<string, int> Refused { get; } = new();

    /// <summary>Answers that no fault excuses, such as a 500.</summary>
    public ConcurrentBag<string> Wrong { get; } = [];

    public Sent Begin(string kind, int items, bool hasKey)
    {
        var sent = new Sent(Interlocked.Increment(ref _last), kind, items, hasKey);
        _sent[sent.Number] = sent;
        return sent;
    }

    public void Accept(Sent sent, string id)
    {
        sent.Id = id;
        Interlocked.Increment(ref _accepted);
    }

    public void Refuse(string why) => Refused.AddOrUpdate(why, 1, (_, times) => times + 1);
}
