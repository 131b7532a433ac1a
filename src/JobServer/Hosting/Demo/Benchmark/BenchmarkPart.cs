using System.Globalization;
using JobServer.Jobs;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Statistics;
using JobServer.Jobs.Benchmark.Strategies;
using Spectre.Console;

namespace JobServer.Hosting.Demo.Benchmark;

/// <summary>Compares ways to call this server's own sample page, and ways to compute.</summary>
internal sealed class BenchmarkPart(Uri server, IAnsiConsole console) : IDemoPart
{
    private const int Rounds = 10;
    private const int Urls = 10;

    private static readonly string[] Tags = ["demo"];
    private static readonly string[] Strategies = ["io-sequential", "io-async", "cpu-sequential", "cpu-vectorized"];

    public string Announcement =>
        $"Comparing {string.Join(", ", Strategies)}: {Rounds} rounds each, in random order, after a warm-up.";

    public Task<JobView> SubmitAsync(DemoClient client, CancellationToken stop) =>
        client.SubmitAsync(
            "benchmark",
            new
            {
                strategies = Strategies,
                urls = Enumerable
                    .Range(1, Urls)
                    .Select(n => new Uri(server, $"{SampleEndpoint.Path}?delay=00:00:00.010&bytes={n * 100}")),
                rounds = Rounds,
                tags = Tags,
            },
            stop
        );

    public async Task<bool> CheckAsync(DemoClient client, JobView job, CancellationToken stop)
    {
        var report = await client.ReportAsync(job, stop);
        var differences = new Differences();
        differences.Compare("The job's state", "succeeded", job.State);
        differences.Compare("Items in all", Rounds * Strategies.Length, job.Progress.Total);
        // Ten waits side by side against ten in a row: no machine is so busy that this cannot be told.
        var io = report.Families.First(family => family.Name == Families.Io);
        differences.Compare(
            "The verdict on io-async",
            Verdict.Faster,
            io.Strategies.First(strategy => strategy.Name == "io-async").Verdict
        );
        console.WriteLine();
        console.Write(Found(report));
        foreach (var family in report.Families.Where(family => family.Fastest.Count > 0))
            console.MarkupLineInterpolated(
                $"The winner of {family.Name}: [green]{string.Join(", ", family.Fastest)}[/]"
            );
        DemoSummary.Write(console, job, differences);
        console.Profile.Out.Writer.WriteLine($"The report: {new Uri(server, job.Links.Report)}");
        return differences.Count == 0;
    }

    private static Table Found(BenchmarkReport report)
    {
        var table = new Table().SimpleBorder();
        table.AddColumn("strategy");
        table.AddColumn(new TableColumn("median of a round").RightAligned());
        table.AddColumns("verdict", "");
        foreach (var strategy in report.Families.SelectMany(family => family.Strategies))
        {
            table.AddRow(
                Markup.Escape(strategy.Name),
                strategy.Wall is { } wall
                    ? string.Create(CultureInfo.InvariantCulture, $"{wall.Median * 1000:0.0} ms")
                    : "-",
                strategy.Verdict,
                Markup.Escape(strategy.Explanation)
            );
        }

        return table;
    }
}
