namespace JobServer.Benchmarks.Enrichment;

/// <summary>How fast a job enriches the rows of a file, beside what a guide to asyncio would do with them.</summary>
internal static class EnrichmentBench
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll enrichment [--json FILE] [--rows 1000000] [--rounds 5] [--warmup 3] [--seed N]
          [--only jobserver,asyncio] [--host URL]
        dotnet JobServer.Benchmarks.dll enrichment --bytes SIZE [--seed N] [--host URL]
        """;

    public static Task<int> RunAsync(string[] args, CancellationToken cancellationToken) =>
        args.Contains("--bytes", StringComparer.Ordinal)
            ? LargeFileRun.RunAsync(args, cancellationToken)
            : CompareAsync(EnrichmentSettings.Parse(args), cancellationToken);

    private static async Task<int> CompareAsync(EnrichmentSettings settings, CancellationToken cancellationToken)
    {
        var commit = await Repository.CommitAsync(cancellationToken);
        var machine = Machine.Describe();
        using var temp = new TempFolder();
        machine["fileSystem"] = Machine.FileSystem(temp.Path);
        var rows = new CsvRows(settings.Seed);
        var file = await CsvFile.WriteAsync(
            Path.Combine(temp.Path, "people.csv"),
            rows,
            settings.Rows,
            long.MaxValue,
            cancellationToken
        );

        await using var host = settings.Only.Contains("jobserver", StringComparer.Ordinal)
            ? await JobServerHost.OpenAsync(settings.Host, temp, cancellationToken)
            : null;
        await PostgresServer.DescribeAsync(host, machine, cancellationToken);
        using var jobserver = host is null ? null : new JobServerContender(host, file, rows, settings.Warmup > 0);
        var (asyncio, leftOut) = await AsyncioContender.CreateAsync(
            "enrichment",
            package: null,
            [file.Path],
            settings.Rows,
            settings.Only,
            machine,
            cancellationToken
        );

        Console.WriteLine($"enrichment: {file.Rows} rows, {file.Bytes} bytes of CSV, seed {settings.Seed}");
        var contenders = new IContender?[] { jobserver, asyncio }
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
            Describe(settings, file, leftOut),
            [.. series.Select(Report.RowOf), .. leftOut.Select(Report.RowOf)],
            Report.RatiosOf(
                series,
                ("enrichment.jobserver", "enrichment.asyncio"),
                (JobServerContender.Whole, "enrichment.asyncio")
            )
        );
        report.WriteText(Console.Out, leftOut);
        if (settings.JsonFile is { } json)
        {
            await report.WriteJsonAsync(json, cancellationToken);
        }

        return ExitCodes.Correct;
    }

    private static Dictionary<string, object?> Describe(EnrichmentSettings settings, CsvFile file, LeftOut[] leftOut) =>
        new(StringComparer.Ordinal)
        {
            ["command"] = settings.Command,
            ["rows"] = settings.Rows,
            ["fileBytes"] = file.Bytes,
            ["rounds"] = settings.Rounds,
            ["warmup"] = settings.Warmup,
            ["seed"] = settings.Seed,
            ["leftOut"] = leftOut.ToDictionary(row => row.Name, row => row.Reason),
        };
}
