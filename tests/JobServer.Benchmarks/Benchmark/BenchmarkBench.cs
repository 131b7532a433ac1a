using JobServer.Benchmarks.Benchmark.Closed;
using JobServer.Benchmarks.Benchmark.Verdicts;

namespace JobServer.Benchmarks.Benchmark;

/// <summary>Whether benchmark jobs tell the truth: beside other load generators, and where the truth is known.</summary>
internal static class BenchmarkBench
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll benchmark [--json FILE] [--only closed,pages,verdicts] [--requests 200000]
          [--rounds 5] [--warmup 3] [--runs 100] [--cases aa.cpu,aa.delay,aa.io,slower.cpu,slower.delay,slower.io]
          [--seed N] [--target auto|nginx|kestrel] [--host URL]
        """;

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var settings = BenchSettings.Parse(args);
        var commit = await Repository.CommitAsync(cancellationToken);
        var machine = Machine.Describe();
        using var temp = new TempFolder();
        machine["fileSystem"] = Machine.FileSystem(temp.Path);
        await using var host = await JobServerHost.OpenAsync(settings.Host, temp, cancellationToken);
        await PostgresServer.DescribeAsync(host, machine, cancellationToken);
        using var jobs = new BenchmarkJobs(host);

        var parts = new List<Findings>();
        if (settings.Has("closed"))
        {
            parts.Add(await ClosedPart.RunAsync(host, jobs, settings, temp, machine, cancellationToken));
        }

        await using var pages = await SlowPages.StartAsync(settings.Seed, temp, cancellationToken);
        if (settings.Has("pages"))
        {
            parts.Add(await PagesPart.RunAsync(jobs, pages, settings.Seed, cancellationToken));
        }

        if (settings.Has("verdicts"))
        {
            parts.Add(await VerdictsPart.RunAsync(jobs, pages, settings, cancellationToken));
        }

        var found = Findings.Of(parts);
        var report = new Report(commit, machine, Describe(settings, found), found.Rows, found.Ratios);
        report.WriteText(Console.Out, found.LeftOut);
        if (settings.JsonFile is { } file)
        {
            await report.WriteJsonAsync(file, cancellationToken);
        }

        foreach (var fault in found.Faults)
        {
            await Console.Error.WriteLineAsync($"incorrect: {fault}");
        }

        return found.Faults.Count == 0 ? ExitCodes.Correct : ExitCodes.Incorrect;
    }

    private static Dictionary<string, object?> Describe(BenchSettings settings, Findings found) =>
        new(StringComparer.Ordinal)
        {
            ["command"] = settings.Command,
            ["parts"] = settings.Parts,
            ["requests"] = settings.Requests,
            ["connections"] = BenchSettings.Connections,
            ["rounds"] = settings.Rounds,
            ["warmup"] = settings.Warmup,
            ["runs"] = settings.Runs,
            ["cases"] = settings.Cases,
            ["seed"] = settings.Seed,
            ["leftOut"] = found.LeftOut.ToDictionary(row => row.Name, row => row.Reason),
        };
}
