using JobServer.BatchedStorage.Claiming;
using JobServer.BatchedStorage.Reading;
using JobServer.BatchedStorage.Writing;
using Buffer = JobServer.BatchedStorage.Claiming.Buffer;

namespace JobServer.Tests.BatchedStorage;

/// <summary>Of what needs no job to be let go; the rest is tested with a database.</summary>
public sealed class BufferTests
{
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(0.2);

    private readonly ManualTime _time = new();
    private readonly Buffer _buffer;
    private int _changes;

    public BufferTests() => _buffer = new Buffer(_time, () => _changes++);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_waits_longest_is_served_first()
    {
        var first = _buffer.TakeAsync(Cancel);
        var second = _buffer.TakeAsync(Cancel);
        Assert.Equal(2, _buffer.Wanted(Ahead));

        _buffer.Add([Claim(1), Claim(2), Claim(3)]);

        Assert.Equal(1, (await first).Job.Id);
        Assert.Equal(2, (await second).Job.Id);
        Assert.Equal(3, (await _buffer.TakeAsync(Cancel)).Job.Id);
        Assert.True(_changes > 0);
    }

    [Fact]
    public async Task A_job_goes_to_the_next_when_the_first_has_given_up()
    {
        using var stop = new CancellationTokenSource();
        var gone = _buffer.TakeAsync(stop.Token);
        var next = _buffer.TakeAsync(Cancel);
        await stop.CancelAsync();

        _buffer.Add([Claim(1)]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await gone);
        Assert.Equal(1, (await next).Job.Id);
    }

    [Fact]
    public async Task No_job_is_lost_between_handing_over_and_giving_up()
    {
        for (var i = 0; i < 2000; i++)
        {
            using var stop = new CancellationTokenSource();
            var taken = _buffer.TakeAsync(stop.Token).AsTask();
            var given = Task.Run(() => _buffer.Add([Claim(i)]), Cancel);
            await stop.CancelAsync();
            await given;

            var isTaken = await taken.ContinueWith(
                task => task.IsCompletedSuccessfully,
                Cancel,
                TaskContinuationOptions.None,
                TaskScheduler.Default
            );
            Assert.Equal(isTaken, _buffer.IsEmpty);
            if (!isTaken)
                Assert.Equal(i, (await _buffer.TakeAsync(Cancel)).Job.Id);
        }
    }

    [Fact]
    public async Task As_much_is_wanted_ahead_as_workers_begin()
    {
        _buffer.Add(Enumerable.Range(0, 100).Select(id => Claim(id)));
        for (var i = 0; i < 100; i++)
            await _buffer.TakeAsync(Cancel);
        _time.Move(TimeSpan.FromSeconds(0.5));

        Assert.Equal(40, _buffer.Wanted(Ahead));
    }

    [Fact]
    public async Task Whoever_waits_when_it_is_closed_is_told_so_and_so_is_who_comes_later()
    {
        var waiting = _buffer.TakeAsync(Cancel);

        Assert.Empty(_buffer.Close());

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _buffer.TakeAsync(Cancel));
    }

    private static Claim Claim(long id) =>
        new(
            new FetchedJob(id, new Hold(id, 1), null!),
            new JobSnapshot(id, "", "", default, stateName: null, new Expectation(null, 0), [])
        );
}
