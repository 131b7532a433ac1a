using System.Buffers.Text;
using JobServer.Ledger;

namespace JobServer.Jobs;

/// <summary>Jobs and queues that changed, each once, and the few texts that say so.</summary>
/// <remarks>A text is <c>ORIGIN jID qNAME …</c>, ids in 22 characters; <c>j</c> alone stands for any job.</remarks>
internal sealed class SignalSet
{
    /// <summary>More are not told apart any more.</summary>
    public const int MaxJobs = 10_000;

    private const char JobMark = 'j';
    private const char QueueMark = 'q';

    private readonly HashSet<Guid> _jobs = [];
    private readonly HashSet<string> _queues = [];

    public bool IsEmpty => _jobs.Count == 0 && _queues.Count == 0;

    /// <summary>Empty alone stands for any job.</summary>
    public IReadOnlyCollection<Guid> Jobs => _jobs;

    public IReadOnlyCollection<string> Queues => _queues;

    /// <param name="job">Empty stands for any job.</param>
    public void AddJob(Guid job)
    {
        if (_jobs.Contains(Guid.Empty))
            return;
        if (job == Guid.Empty || _jobs.Count == MaxJobs)
        {
            _jobs.Clear();
            job = Guid.Empty;
        }

        _jobs.Add(job);
    }

    /// <param name="queue">At most 64 ASCII characters, none of them a blank.</param>
    public void AddQueue(string queue) => _queues.Add(queue);

    public void Add(SignalSet others)
    {
        foreach (var job in others._jobs)
            AddJob(job);
        _queues.UnionWith(others._queues);
    }

    /// <summary>Everything in as few texts as <see cref="SignalChannel"/> can carry.</summary>
    public List<string> ToTexts(string origin)
    {
        var marks = _jobs
            .Select(job => job == Guid.Empty ? $"{JobMark}" : JobMark + Base64Url.EncodeToString(job.ToByteArray()))
            .Concat(_queues.Select(queue => QueueMark + queue));
        var texts = new List<string>();
        var text = new System.Text.StringBuilder(origin);
        foreach (var mark in marks)
        {
            if (text.Length + 1 + mark.Length > SignalChannel.MaxBytes)
            {
                texts.Add(text.ToString());
                text.Clear().Append(origin);
            }

            text.Append(' ').Append(mark);
        }

        texts.Add(text.ToString());
        return texts;
    }

    /// <summary>What a text says and who sent it. Anybody may notify: what is not understood is left out.</summary>
    public static (string Origin, SignalSet Signals) Read(string text)
    {
        var signals = new SignalSet();
        var parts = text.Split(' ');
        Span<byte> id = stackalloc byte[16];
        foreach (var part in parts.AsSpan(1))
        {
            if (part is [JobMark])
                signals.AddJob(Guid.Empty);
            else if (part is [JobMark, .. { Length: 22 } encoded] && TryDecode(encoded, id))
                signals.AddJob(new Guid(id));
            else if (part is [QueueMark, .. { Length: > 0 } queue])
                signals.AddQueue(queue);
        }

        return (parts[0], signals);
    }

    private static bool TryDecode(string encoded, Span<byte> id) =>
        Base64Url.IsValid(encoded, out var length)
        && length == id.Length
        && Base64Url.TryDecodeFromChars(encoded, id, out _);
}
