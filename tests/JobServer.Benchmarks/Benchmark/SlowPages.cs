using JobServer.Benchmarks.Targets;

namespace JobServer.Benchmarks.Benchmark;

/// <summary>Pages that take 20 ms each: enough for calls at once to be worth it on any machine.</summary>
internal sealed class SlowPages : IAsyncDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);

    private readonly KestrelTarget _target;

    private SlowPages(KestrelTarget target, PageSet pages)
    {
        _target = target;
        Urls = [.. Enumerable.Range(0, PageSet.PageCount).Select(seq => pages.UrlOf(target.Address, seq))];
    }

    public string Description => _target.Description;

    public IReadOnlyList<Uri> Urls { get; }

    public static async Task<SlowPages> StartAsync(int seed, TempFolder temp, CancellationToken cancellationToken)
    {
        var pages = new PageSet(Path.Combine(temp.Path, "slow"), seed);
        return new SlowPages(await KestrelTarget.StartAsync(pages, Delay, cancellationToken), pages);
    }

    public ValueTask DisposeAsync() => _target.DisposeAsync();
}
