using JobServer.Benchmarks.Benchmark;
using JobServer.Benchmarks.Enrichment;
using JobServer.Benchmarks.Fetch;
using JobServer.Benchmarks.Queue;

namespace JobServer.Benchmarks;

/// <summary>All comparisons one after the other, each as it is by default.</summary>
internal static class AllBench
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll all [--json FOLDER]
        """;

    private static readonly (string Name, Func<string[], CancellationToken, Task<int>> RunAsync)[] Benches =
    [
        ("fetch", FetchBench.RunAsync),
        ("enrichment", EnrichmentBench.RunAsync),
        ("benchmark", BenchmarkBench.RunAsync),
        ("queue", QueueBench.RunAsync),
    ];

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var folder = new CommandLine("all", args, "json")["json"];
        var exitCode = ExitCodes.Correct;
        foreach (var (name, runAsync) in Benches)
        {
            string[] options = folder is null ? [] : ["--json", Path.Combine(folder, $"{name}.json")];
            exitCode = Math.Max(exitCode, await runAsync(options, cancellationToken));
        }

        return exitCode;
    }
}
