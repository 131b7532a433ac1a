namespace JobServer.IntegrationTests.BatchedStorage.Interleaving;

/// <summary>
/// One order of the turns of some actors. The first choices are given; after them each actor goes on as long as it can. One
/// that the database blocks loses its turn until it is through.
/// </summary>
internal sealed class Schedule(IReadOnlyList<int> choices, int preemptions)
{
    // After this an actor counts as blocked. Where a slow machine makes it so by mistake, two of them run at once, and all
    // that must hold must hold then too.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<(int Choice, int Of)> _decisions = [];
    private readonly List<string> _trace = [];

    /// <summary>Who did what, in order.</summary>
    public string Trace => string.Join(" → ", _trace);

    /// <param name="idle">Called again and again while none of them can go on.</param>
    public void Run(IReadOnlyList<Actor> actors, Action idle)
    {
        Actor? last = null;
        var left = preemptions;
        while (true)
        {
            foreach (var actor in actors)
                actor.Rests(actor == last ? Patience : TimeSpan.Zero);
            var ready = actors.Where(actor => actor.At is not null).OrderBy(actor => actor != last).ToList();
            if (ready.Count == 0)
            {
                if (actors.All(actor => actor.IsDone))
                    return;
                WaitForAny(actors, idle);
                continue;
            }

            var canStay = ready[0] == last;
            var next = ready[canStay && left == 0 ? 0 : Choose(ready.Count)];
            if (canStay && next != last)
                left--;
            last = next;
            _trace.Add($"{next.Name}: {next.At}");
            next.GoOn();
        }
    }

    /// <summary>The choices of the schedule after this one, in depth-first order; null when this was the last.</summary>
    public List<int>? Next()
    {
        for (var i = _decisions.Count - 1; i >= 0; i--)
        {
            if (_decisions[i].Choice + 1 < _decisions[i].Of)
                return [.. _decisions.Take(i).Select(decision => decision.Choice), _decisions[i].Choice + 1];
        }

        return null;
    }

    private int Choose(int of)
    {
        var choice = _decisions.Count < choices.Count ? Math.Min(choices[_decisions.Count], of - 1) : 0;
        _decisions.Add((choice, of));
        return choice;
    }

    private static void WaitForAny(IReadOnlyList<Actor> actors, Action idle)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!actors.Any(actor => actor.At is not null) && !actors.All(actor => actor.IsDone))
        {
            idle();
            actors.FirstOrDefault(actor => !actor.IsDone)?.Rests(TimeSpan.FromMilliseconds(20));
            if (TimeProvider.System.GetElapsedTime(start) > Limit)
                throw new TimeoutException("All are blocked.");
        }
    }
}
