using JobServer.Benchmarks.Loop;
using JobServer.Benchmarks.Targets;

namespace JobServer.Benchmarks.Benchmark.Closed;

/// <summary>
/// What the closed model says a server can take, beside what a loop that measures nothing and wrk bring about: one page,
/// as many connections.
/// </summary>
internal static class ClosedPart
{
    private const int Page = 0;

    public static async Task<Findings> RunAsync(
        JobServerHost host,
        BenchmarkJobs jobs,
        BenchSettings settings,
        TempFolder temp,
        Dictionary<string, object?> machine,
        CancellationToken cancellationToken
    )
    {
        var pages = new PageSet(Path.Combine(temp.Path, "closed"), settings.Seed);
        await using var target = await Target.StartAsync(settings.Target, pages, temp, cancellationToken);
        machine["target"] = target.Description;
        var manifest = Path.Combine(temp.Path, "closed.tsv");
        pages.WriteManifest(manifest, target.Address, Enumerable.Repeat(Page, settings.Requests));
        var page = pages.UrlOf(target.Address, Page);
        Console.WriteLine(
            $"closed: {settings.Requests} requests to {page} of {target.Description}, {BenchSettings.Connections} connections"
        );

        await using var loop = new LoopContender("benchmark", manifest, BenchSettings.Connections, settings.Requests);
        var (wrk, leftOut) = await WrkContender.CreateAsync(page, machine, cancellationToken);
        var contenders = new IContender?[] { new JobContender(host, jobs, page, settings), loop, wrk }
            .OfType<IContender>()
            .ToArray();
        var comparison = new Comparison(settings.Rounds, settings.Warmup, settings.Seed, Console.Out);
        var series = await comparison.RunAsync(contenders, host.SettleAsync, cancellationToken);
        return new Findings(
            [.. series.Select(Report.RowOf), .. leftOut.Select(Report.RowOf)],
            Report.RatiosOf(
                series,
                (JobContender.RowName, loop.Name),
                (JobContender.RowName, WrkContender.RowName),
                (loop.Name, WrkContender.RowName)
            ),
            leftOut,
            []
        );
    }
}
