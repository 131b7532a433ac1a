namespace JobServer.BatchedStorage.Claiming;

/// <summary>
/// Divides jobs to be taken among queues of falling priority: each gets four times what the next one gets, over time, and
/// none that has work waits for ever. What one cannot use goes to the others, highest first.
/// </summary>
internal sealed class Shares(int queues)
{
    private const double Step = 4;

    // A queue whose jobs others take first is not owed all of them later.
    private const double MaxCredit = 100;

    private readonly double[] _weights = Weights(queues);
    private readonly double[] _credits = new double[queues];

    /// <summary>How many to ask each queue for; the sum is the count, unless all are empty.</summary>
    public int[] Divide(int count, bool[] isEmpty)
    {
        var shares = new int[queues];
        var due = Due(count, isEmpty);
        var left = isEmpty.All(queue => queue) ? 0 : count;
        for (var queue = 0; queue < queues; queue++)
        {
            shares[queue] = Math.Clamp((int)due[queue], 0, left);
            left -= shares[queue];
        }

        // Fractions add up to whole jobs: those go where most is due.
        for (; left > 0; left--)
        {
            var most = Enumerable
                .Range(0, queues)
                .Where(queue => !isEmpty[queue])
                .MaxBy(queue => due[queue] - shares[queue]);
            shares[most]++;
        }

        return shares;
    }

    /// <summary>
    /// Counts what the queues gave, of which those are empty now: who got less than is due gets it later, and the empty ones
    /// are due nothing.
    /// </summary>
    public void Take(int[] given, bool[] isEmpty)
    {
        var due = Due(given.Where((_, queue) => !isEmpty[queue]).Sum(), isEmpty);
        for (var queue = 0; queue < queues; queue++)
            _credits[queue] = isEmpty[queue] ? 0 : Math.Clamp(due[queue] - given[queue], -MaxCredit, MaxCredit);
    }

    private double[] Due(int count, bool[] isEmpty)
    {
        var total = Enumerable.Range(0, queues).Where(queue => !isEmpty[queue]).Sum(queue => _weights[queue]);
        return
        [
            .. Enumerable
                .Range(0, queues)
                .Select(queue => isEmpty[queue] ? 0 : _credits[queue] + count * _weights[queue] / total),
        ];
    }

    private static double[] Weights(int queues) =>
        [.. Enumerable.Range(0, queues).Select(queue => Math.Pow(Step, queues - 1 - queue))];
}
