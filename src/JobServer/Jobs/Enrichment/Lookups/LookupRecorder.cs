using System.Threading.Channels;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>
/// Records answers in groups: what came while the last group was written and a moment longer, bounded by count and size.
/// </summary>
internal sealed class LookupRecorder(LookupClaims claims, TimeProvider time)
{
    private const int GroupSize = 500;
    private const long GroupBytes = 4L << 20;

    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(100);

    private readonly Channel<AnsweredLookup> _answers = Channel.CreateBounded<AnsweredLookup>(
        new BoundedChannelOptions(2 * GroupSize) { SingleReader = true }
    );
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Hands an answer over; it is dropped when recording has failed for good.</summary>
    public async ValueTask AddAsync(AnsweredLookup answer)
    {
        while (!_answers.Writer.TryWrite(answer))
        {
            if (!await _answers.Writer.WaitToWriteAsync())
                return;
        }
    }

    /// <summary>No more answers will come.</summary>
    public void Complete()
    {
        _answers.Writer.TryComplete();
        _complete.TrySetResult();
    }

    /// <summary>Records until <see cref="Complete"/> and the last answer.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var group = new List<AnsweredLookup>(GroupSize);
            while (await _answers.Reader.WaitToReadAsync(cancellationToken))
            {
                if (_answers.Reader.Count < GroupSize)
                    await Task.WhenAny(_complete.Task, Task.Delay(Linger, time, cancellationToken));
                var bytes = 0L;
                while (group.Count < GroupSize && bytes < GroupBytes && _answers.Reader.TryRead(out var answer))
                {
                    group.Add(answer);
                    bytes += answer.End.Value?.Length ?? 0;
                }

                await claims.AnswerAsync(group, cancellationToken);
                group.Clear();
            }
        }
        finally
        {
            Complete();
        }
    }
}
