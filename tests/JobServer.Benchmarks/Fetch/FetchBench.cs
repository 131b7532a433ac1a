using JobServer.Benchmarks.Loop;
using JobServer.Benchmarks.Targets;

namespace JobServer.Benchmarks.Fetch;

/// <summary>How fast a job of many URLs is, beside two ways to fetch them that keep nothing.</summary>
internal static class FetchBench
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll fetch [--json FILE] [--urls 60000] [--concurrency 50] [--rounds 5] [--warmup 5]
          [--seed N] [--only jobserver,loop,asyncio] [--target auto|nginx|kestrel] [--host URL]
        """;

    private const string Package = "aiohttp";

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var settings = FetchSettings.Parse(args);
        var commit = await Repository.CommitAsync(cancellationToken);
        var machine = Machine.Describe();

        using var temp = new TempFolder();
        machine["fileSystem"] = Machine.FileSystem(temp.Path);
        var pages = new PageSet(Path.Combine(temp.Path, "pages"), settings.Seed);
        await using var target = await Target.StartAsync(settings.Target, pages, temp, cancellationToken);
        machine["target"] = target.Description;
        var manifest = Path.Combine(temp.Path, "urls.tsv");
        pages.WriteManifest(manifest, target.Address, Enumerable.Range(0, settings.Urls));

        await using var host = settings.Only.Contains("jobserver", StringComparer.Ordinal)
            ? await JobServerHost.OpenAsync(settings.Host, temp, cancellationToken)
            : null;
        await PostgresServer.DescribeAsync(host, machine, cancellationToken);
        using var jobserver = host is null ? null : new JobServerContender(host, pages, target.Address, settings);
        await using var loop = settings.Only.Contains("loop", StringComparer.Ordinal)
            ? new LoopContender("fetch", manifest, settings.Concurrency, settings.Urls)
            : null;

        var (asyncio, leftOut) = await AsyncioContender.CreateAsync(
            "fetch",
            Package,
            [manifest, $"{settings.Concurrency}"],
            settings.Urls,
            settings.Only,
            machine,
            cancellationToken
        );

        Console.WriteLine(
            $"fetch: {settings.Urls} URLs of {target.Description} at {target.Address}, concurrency {settings.Concurrency}, seed {settings.Seed}"
        );
        var contenders = new IContender?[] { jobserver, loop, asyncio }
            .OfType<IContender>()
            .ToArray();
        var comparison = new Comparison(settings.Rounds, settings.Warmup, settings.Seed, Console.Out);
        var series = await comparison.RunAsync(
            contenders,
            host is null ? _ => Task.CompletedTask : host.SettleAsync,
            cancellationToken
        );

        var report = new Report(
            commit,
            machine,
            Describe(settings, pages, leftOut),
            [.. series.Select(Report.RowOf), .. leftOut.Select(Report.RowOf)],
            Report.RatiosOf(
                series,
                ("fetch.jobserver", "fetch.loop"),
                ("fetch.jobserver", "fetch.asyncio"),
                ("fetch.loop", "fetch.asyncio")
            )
        );
        report.WriteText(Console.Out, leftOut);
        if (settings.JsonFile is { } file)
        {
            await report.WriteJsonAsync(file, cancellationToken);
        }

        return ExitCodes.Correct;
    }

    private static Dictionary<string, object?> Describe(FetchSettings settings, PageSet pages, LeftOut[] leftOut) =>
        new(StringComparer.Ordinal)
        {
            ["command"] = settings.Command,
            ["urls"] = settings.Urls,
            ["concurrency"] = settings.Concurrency,
            ["rounds"] = settings.Rounds,
            ["warmup"] = settings.Warmup,
            ["seed"] = settings.Seed,
            ["bodyBytes"] = pages.BodyBytes,
            ["leftOut"] = leftOut.ToDictionary(row => row.Name, row => row.Reason),
        };
}
