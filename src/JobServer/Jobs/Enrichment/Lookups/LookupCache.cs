using JobServer.Jobs.Enrichment.Steps;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>Answers in memory, of one run of a lane: 10,000 at most, of 16 MiB together. The oldest make room.</summary>
internal sealed class LookupCache
{
    private const int MaxAnswers = 10_000;
    private const long MaxBytes = 16L << 20;

    // Of the entry itself, roughly.
    private const int EntryBytes = 256;

    private readonly Dictionary<LookupKey, LookupAnswer> _answers = [];
    private readonly Queue<LookupKey> _order = new();
    private readonly Lock _gate = new();
    private long _bytes;

    public LookupAnswer? Find(LookupKey key)
    {
        lock (_gate)
            return _answers.GetValueOrDefault(key);
    }

    public void Add(LookupKey key, LookupAnswer answer)
    {
        lock (_gate)
        {
            if (SizeOf(answer) > MaxBytes || !_answers.TryAdd(key, answer))
                return;
            _order.Enqueue(key);
            _bytes += SizeOf(answer);
            while (_answers.Count > MaxAnswers || _bytes > MaxBytes)
            {
                if (_answers.Remove(_order.Dequeue(), out var oldest))
                    _bytes -= SizeOf(oldest);
            }
        }
    }

    private static long SizeOf(LookupAnswer answer) =>
        EntryBytes + answer.Value.Length + 2L * (answer.ErrorDetail?.Length ?? 0);
}
