using System.Diagnostics;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Strategies.Io.Load;

namespace JobServer.Tests.Jobs.Benchmark.Strategies;

public sealed class ArrivalsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, null, 7)]
    [InlineData(5, null, 5)]
    [InlineData(9, null, 7)]
    public async Task Closed_arrivals_are_as_many_as_asked_for_and_allowed(int? requests, double? seconds, int expected)
    {
        using var arrivals = new ClosedArrivals(Load(requests, seconds, maxRequests: 7));

        Assert.Equal(Enumerable.Range(0, expected), (await AllAsync(arrivals)).Select(arrival => arrival.Number));
    }

    [Fact]
    public async Task Closed_arrivals_end_with_the_duration()
    {
        using var arrivals = new ClosedArrivals(Load(null, 0.05, maxRequests: int.MaxValue));
        var start = Stopwatch.GetTimestamp();

        var all = await AllAsync(arrivals);

        Assert.NotEmpty(all);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.05));
        Assert.All(all, arrival => Assert.InRange(Stopwatch.GetElapsedTime(start, arrival.DueAt).TotalSeconds, 0, 10));
    }

    [Theory]
    [InlineData(40, null, 1000, 40)]
    [InlineData(null, 0.1, 1000, 50)] // due at 0, 2, … 98 ms
    [InlineData(null, 0.1001, 1000, 51)]
    [InlineData(40, 0.1, 1000, 40)]
    [InlineData(null, 10.0, 25, 25)]
    public async Task Open_arrivals_are_those_due_before_the_end(int? requests, double? seconds, int max, int expected)
    {
        using var arrivals = new OpenArrivals(Load(requests, seconds, max, rate: 500));

        Assert.Equal(expected, (await AllAsync(arrivals)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_arrivals_are_due_at_the_rate_and_never_come_early(bool blocking)
    {
        using var arrivals = new OpenArrivals(Load(200, null, 1000, rate: 1000));

        var all = await AllAsync(arrivals, blocking);

        var first = all[0].DueAt;
        Assert.All(
            all,
            arrival =>
            {
                var due = Stopwatch.GetElapsedTime(first, arrival.DueAt).TotalMilliseconds;
                Assert.Equal(arrival.Number, due, tolerance: 0.001);
                Assert.True(arrival.TakenAt >= arrival.DueAt, $"call {arrival.Number} came early");
            }
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everyone_who_waits_learns_of_the_end(bool blocking)
    {
        using var arrivals = new OpenArrivals(Load(3, null, 1000, rate: 100));
        arrivals.Start();

        var waiting = Enumerable
            .Range(0, 10)
            .Select(_ =>
                Task.Factory.StartNew(
                        () => TakeAllAsync(arrivals, blocking),
                        Cancel,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                    .Unwrap()
            );
        var taken = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10), Cancel);

        Assert.Equal([0, 1, 2], taken.SelectMany(all => all).Select(arrival => arrival.Number).Order());
    }

    [Fact]
    public async Task Arrivals_that_nobody_takes_wait_and_stay_due_when_they_were()
    {
        using var arrivals = new OpenArrivals(Load(10, null, 1000, rate: 1000));
        arrivals.Start();
        PreciseWait.Until(Stopwatch.GetTimestamp() + Stopwatch.Frequency / 10, Cancel);

        var all = await TakeAllAsync(arrivals, blocking: false);

        Assert.Equal(10, all.Count);
        Assert.All(
            all,
            taken => Assert.True(Stopwatch.GetElapsedTime(taken.DueAt, taken.TakenAt).TotalSeconds >= 0.08)
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancellation_ends_the_wait_for_a_call_that_is_due_much_later(bool blocking)
    {
        using var arrivals = new OpenArrivals(Load(2, null, 1000, rate: 0.1));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        arrivals.Start();
        await arrivals.NextAsync(blocking, stop.Token);

        var next = Task.Run(() => arrivals.NextAsync(blocking, stop.Token).AsTask(), Cancel);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeSpan.FromSeconds(5), Cancel));
    }

    [Fact]
    public void Wait_for_a_moment_is_never_early()
    {
        foreach (var microseconds in new[] { 0, 1, 50, 400, 999, 1000, 4999, 5001, 12_345 })
        {
            var moment = Stopwatch.GetTimestamp() + microseconds * Stopwatch.Frequency / 1_000_000;
            PreciseWait.Until(moment, Cancel);
            Assert.True(Stopwatch.GetTimestamp() >= moment, $"{microseconds} µs");
        }
    }

    private static LoadSettings Load(int? requests, double? seconds, int maxRequests, double? rate = null) =>
        new()
        {
            Model = rate is null ? LoadModel.Closed : LoadModel.Open,
            Rate = rate,
            Requests = requests,
            Duration = seconds is { } some ? TimeSpan.FromSeconds(some) : null,
            MaxRequests = maxRequests,
        };

    private static Task<List<Taken>> AllAsync(IArrivals arrivals, bool blocking = false)
    {
        arrivals.Start();
        return TakeAllAsync(arrivals, blocking);
    }

    private static async Task<List<Taken>> TakeAllAsync(IArrivals arrivals, bool blocking)
    {
        var all = new List<Taken>();
        while (await arrivals.NextAsync(blocking, Cancel) is { } arrival)
            all.Add(new Taken(arrival.Number, arrival.DueAt, Stopwatch.GetTimestamp()));
        return all;
    }

    private sealed record Taken(int Number, long DueAt, long TakenAt);
}
