using System.Net;
using JobServer.Outbound;

namespace JobServer.Tests.Outbound;

public sealed class HostResolverTests
{
    private const int MaxLookups = 64;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Literal_address_needs_no_lookup()
    {
        using var resolver = new HostResolver(_ => throw new InvalidOperationException("looked up"));

        Assert.Equal([IPAddress.IPv6Loopback], await resolver.ResolveAsync("::1", Cancel));
    }

    [Fact]
    public async Task Lookups_are_bounded_until_they_end_even_if_their_callers_gave_up()
    {
        var started = 0;
        var hung = new TaskCompletionSource<IPAddress[]>();
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var resolver = new HostResolver(async _ =>
        {
            if (Interlocked.Increment(ref started) > MaxLookups)
                next.SetResult();
            return await hung.Task;
        });
        using var giveUp = new CancellationTokenSource();
        var callers = Enumerable
            .Range(0, MaxLookups)
            .Select(n => resolver.ResolveAsync($"h{n}.example", giveUp.Token).AsTask())
            .ToArray();
        await giveUp.CancelAsync();
        foreach (var caller in callers)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);

        var waiting = resolver.ResolveAsync("late.example", Cancel).AsTask();
        Assert.Equal(MaxLookups, started);
        Assert.False(waiting.IsCompleted);

        hung.SetResult([IPAddress.Loopback]);
        await next.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal([IPAddress.Loopback], await waiting);
    }
}
