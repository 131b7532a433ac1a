namespace JobServer.BatchedStorage.Claiming;

/// <summary>
/// Divides jobs to be taken among queues of falling priority: each gets four times what the next one gets, over time, and
/// none that has work waits for ever. What one cannot use goes to the others, highest first.
/// </summary>
internal sealed class Shares(int queues)
{
    private const double Step = 4;

    private readonly double[] _weights = Weights(queues);
    private readonly double[] _credits = new double[queues];

    /// <summary>How many to ask each queue for; the sum is the count, unless all are empty.</summary>
    public int[] Divide(int count, bool[] isEmpty)
    {
        var shares = new int[queues];
        var total = Enumerable.Range(0, queues).Where(queue => !isEmpty[queue]).Sum(queue => _weights[queue]);
        var left = total > 0 ? count : 0;
        for (var queue = 0; queue < queues; queue++)
        {
            _credits[queue] = isEmpty[queue] ? 0 : _credits[queue] + count * _weights[queue] / total;
            shares[queue] = Math.Clamp((int)_credits[queue], 0, left);
            left -= shares[queue];
        }

        // Fractions add up to whole jobs: those go where most is due.
        for (; left > 0; left--)
        {
            var most = Enumerable
                .Range(0, queues)
                .Where(queue => !isEmpty[queue])
                .MaxBy(queue => _credits[queue] - shares[queue]);
            shares[most]++;
        }

        return shares;
    }

    /// <summary>Counts what a queue gave.</summary>
    public void Take(int queue, int count) => _credits[queue] -= count;

    private static double[] Weights(int queues) =>
        [.. Enumerable.Range(0, queues).Select(queue => Math.Pow(Step, queues - 1 - queue))];
}
