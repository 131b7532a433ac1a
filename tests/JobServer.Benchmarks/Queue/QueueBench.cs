namespace JobServer.Benchmarks.Queue;

/// <summary>How fast jobs that do nothing go through JobServer's storage, beside other queues in PostgreSQL.</summary>
internal static class QueueBench
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll queue [--json FILE] [--rounds 5] [--seed N] [--parts drain,large]
          [--only stock,batchedThreads,batched,inmemory,graphile,graphileBatch,pgboss,pgbossBatch]
          [--waiting 1000000] [--finished 5000000]
        """;

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var settings = QueueSettings.Parse(args);
        var commit = await Repository.CommitAsync(cancellationToken);
        var machine = Machine.Describe();

        using var temp = new TempFolder();
        machine["fileSystem"] = Machine.FileSystem(temp.Path);
        await using var server = await QueueServer.StartAsync(temp, cancellationToken);
        machine["postgres"] = await server.SettingsAsync(cancellationToken);
        var kinds = QueueKind.All.Where(kind => settings.Only.Contains(kind.Name, StringComparer.Ordinal)).ToList();

        var series = new List<Series>();
        LeftOut[] leftOut = [];
        if (settings.Parts.Contains("drain", StringComparer.Ordinal))
        {
            var (peers, reason) = kinds.Exists(kind => kind.IsPeer)
                ? await QueuePeers.InstallAsync(temp, cancellationToken)
                : (null, null);
            machine["node"] = peers?.Version;
            leftOut = peers is null
                ?
                [
                    .. kinds
                        .Where(kind => kind.IsPeer)
                        .Select(kind => new LeftOut($"drain.{kind.Name}", "jobs/s", reason!)),
                ]
                : [];
            var contenders = kinds
                .Where(kind => !kind.IsPeer || peers is not null)
                .Select(kind => new QueueContender(kind, server, peers))
                .ToList();
            var comparison = new Comparison(settings.Rounds, warmup: 0, settings.Seed, Console.Out);
            series.AddRange(await comparison.RunAsync(contenders, _ => Task.CompletedTask, cancellationToken));
        }

        if (settings.Parts.Contains("large", StringComparer.Ordinal))
            series.AddRange(await new LargePart(server, settings).RunAsync(cancellationToken));

        return await ReportAsync(commit, machine, settings, kinds, series, leftOut, cancellationToken);
    }

    private static async Task<int> ReportAsync(
        string commit,
        Dictionary<string, object?> machine,
        QueueSettings settings,
        IReadOnlyList<QueueKind> kinds,
        List<Series> series,
        LeftOut[] leftOut,
        CancellationToken cancellationToken
    )
    {
        var report = new Report(
            commit,
            machine,
            Describe(settings, kinds),
            [.. series.OrderBy(FigureOf, StringComparer.Ordinal).Select(Report.RowOf), .. leftOut.Select(Report.RowOf)],
            Report.RatiosOf(series, [.. QueueTargets.Ratios])
        );
        report.WriteText(Console.Out, leftOut);
        if (settings.JsonFile is { } file)
            await report.WriteJsonAsync(file, cancellationToken);
        return QueueTargets.Write(report, Console.Out) ? ExitCodes.Correct : ExitCodes.Incorrect;
    }

    // Rows of one figure stand together, in the order of the contenders.
    private static string FigureOf(Series series) => series.Name[..series.Name.IndexOf('.', StringComparison.Ordinal)];

    private static Dictionary<string, object?> Describe(QueueSettings settings, IReadOnlyList<QueueKind> kinds)
    {
        var described = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["command"] = settings.Command,
            ["rounds"] = settings.Rounds,
            ["seed"] = settings.Seed,
            ["hangfire"] =
                "all of it in processes with the host's own settings of .NET: what is hot is compiled after 1 ms without new code",
            ["job"] = "does nothing, one int argument; Hangfire stores no culture with it",
            ["drain"] =
                "jobs/s from the start of the workers until all have run and the queue is empty; warmed up before",
            ["enqueue"] = $"one by one, {QueueChild.Callers} callers; enqueueBulk: all in one call",
            ["latency"] =
                "enqueue to start in another process, at 50 jobs/s; Half: at half of what enqueue and drain would reach together",
            ["cpu"] = "of the workers' process while it drains; postgresCpu: of PostgreSQL",
        };
        foreach (var kind in kinds)
        {
            described[kind.Name] =
                $"{kind.Promise}. Warm-up {kind.Warmup}, enqueued {kind.Single}, loaded {kind.Bulk}"
                + (kind.HasBulk ? "" : " by no call of its own");
        }

        return described;
    }
}
