using JobServer.BatchedStorage.Writing;

namespace JobServer.Tests.BatchedStorage;

public sealed class UnitQueueTests
{
    private readonly UnitQueue _queue = new();
    private readonly List<Unit> _taken = [];

    [Fact]
    public void All_that_waits_is_taken_at_once_and_in_order()
    {
        var units = Enumerable.Range(1, 10).Select(job => Changing(job)).ToArray();
        foreach (var unit in units)
            _queue.Add(unit);

        Assert.True(_queue.Take(_taken));
        Assert.Equal(units, _taken);
    }

    [Fact]
    public void Two_changes_of_a_job_are_never_taken_together_and_keep_their_order()
    {
        Unit[] units = [Changing(1), Changing(1, 2), Changing(2), Changing(3)];
        foreach (var unit in units)
            _queue.Add(unit);

        _queue.Take(_taken);
        Assert.Equal([units[0], units[3]], _taken);
        _queue.Take(_taken);
        Assert.Equal([units[1]], _taken);
        _queue.Take(_taken);
        Assert.Equal([units[2]], _taken);
    }

    [Fact]
    public void A_unit_with_rare_operations_is_taken_alone()
    {
        var rare = Changing(2);
        rare.Rare.Add(new RareOperation("select 1"));
        Unit[] units = [Changing(1), rare, Changing(3)];
        foreach (var unit in units)
            _queue.Add(unit);

        foreach (var unit in units)
        {
            _queue.Take(_taken);
            Assert.Equal([unit], _taken);
        }
    }

    [Fact]
    public void A_flush_has_a_bound()
    {
        for (var job = 0; job < 5000; job++)
            _queue.Add(Changing(job));

        _queue.Take(_taken);
        Assert.Equal(2000, _taken.Count);
    }

    [Fact]
    public void What_was_put_back_comes_first()
    {
        var (first, put) = (Changing(1), Changing(2));
        _queue.Add(first);
        Assert.True(_queue.TryAddFirst(put));

        _queue.Take(_taken);
        Assert.Equal([put, first], _taken);
    }

    [Fact]
    public void A_closed_queue_gives_what_it_has_and_takes_no_more()
    {
        var last = Changing(1);
        _queue.Add(last);
        _queue.Close();

        Assert.Throws<ObjectDisposedException>(() => _queue.Add(Changing(2)));
        Assert.False(_queue.TryAddFirst(Changing(2)));
        Assert.True(_queue.Take(_taken));
        Assert.Equal([last], _taken);
        Assert.False(_queue.Take(_taken));
    }

    private static Unit Changing(params long[] jobs)
    {
        var unit = new Unit();
        foreach (var job in jobs)
            unit.ChangeOf(job);
        return unit;
    }
}
