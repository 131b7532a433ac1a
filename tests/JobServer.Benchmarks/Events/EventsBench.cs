using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using JobServer.Benchmarks.Targets;

namespace JobServer.Benchmarks.Events;

/// <summary>What it costs a host when many watch one running job; incorrect when one of them misses how it ended.</summary>
internal static class EventsBench
{
    public const string Usage = """
        dotnet JobServer.Benchmarks.dll events [--streams 500] [--urls 6000] [--seed N] [--host URL]
        """;

    private const int Concurrency = 50;
    private static readonly TimeSpan CallDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        var line = new CommandLine("events", args, "streams", "urls", "seed", "host");
        var streams = line.Number("streams", absent: 500, least: 1, most: 2000);
        var urls = line.Number("urls", absent: 6000, least: 1000, most: 1_000_000);
        var seed = line.Seed();
        Console.WriteLine(
            $"events: {streams} streams of one job of {urls} URLs, concurrency {Concurrency}, each call {CallDelay.TotalMilliseconds} ms, "
                + $"seed {seed}, commit {await Repository.CommitAsync(cancellationToken)}"
        );

        using var temp = new TempFolder();
        var pages = new PageSet(Path.Combine(temp.Path, "pages"), seed);
        await using var target = await KestrelTarget.StartAsync(pages, CallDelay, cancellationToken);
        await using var host = await JobServerHost.OpenAsync(line["host"], temp, cancellationToken);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(RunLimit);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = host.Address,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", host.Key) },
        };

        var submission = new
        {
            urls = Enumerable.Range(0, urls).Select(n => pages.UrlOf(target.Address, n)),
            options = new { concurrency = Concurrency, perHostConcurrency = Concurrency },
        };
        foreach (
            var (name, watchers) in new[] { ("warm-up", streams), ("one stream", 1), ($"{streams} streams", streams) }
        )
        {
            await host.SettleAsync(limited.Token);
            Print(name, await WatchAsync(client, host.Pid, submission, watchers, urls, limited.Token));
        }

        return ExitCodes.Correct;
    }

    private static async Task<Watched> WatchAsync(
        HttpClient client,
        int? pid,
        object submission,
        int watchers,
        int urls,
        CancellationToken cancellationToken
    )
    {
        using var accepted = await client.PostAsJsonAsync("/v1/jobs/fetch", submission, cancellationToken);
        accepted.EnsureSuccessStatusCode();
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("id");
        var before = ConnectionsOf(pid);
        var opened = await Task.WhenAll(
            Enumerable.Range(0, watchers).Select(_ => WatchedStream.OpenAsync(client, $"{id}", cancellationToken))
        );
        var cpu = pid is { } host ? ProcessFigures.CpuSeconds(host) : 0;
        var clock = Stopwatch.StartNew();
        var reading = Task.WhenAll(opened.Select(stream => stream.ReadToEndAsync(urls, cancellationToken)));
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
        var with = ConnectionsOf(pid);
        var events = await reading;
        var seconds = clock.Elapsed.TotalSeconds;
        var used = pid is { } same ? ProcessFigures.CpuSeconds(same) - cpu : 0;
        return new Watched(seconds, used / seconds, before, with, events);
    }

    // Each connection is a process of the PostgreSQL below the host, which says whose it is.
    private static int ConnectionsOf(int? pid) =>
        pid is not { } host
            ? 0
            : ProcessFigures
                .PidsBelow(host)
                .Count(below => TitleOf(below).StartsWith("postgres: jobserver ", StringComparison.Ordinal));

    private static string TitleOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Print(string name, Watched watched) =>
        Console.WriteLine(
            $"{name, -12} {watched.Seconds, 6:F1} s  host {watched.Cpu, 5:F2} CPU s/s  database connections {watched.ConnectionsBefore} before, "
                + $"{watched.ConnectionsWith} with  events a stream {watched.Events.Min()} to {watched.Events.Max()}"
        );

    private sealed record Watched(
        double Seconds,
        double Cpu,
        int ConnectionsBefore,
        int ConnectionsWith,
        IReadOnlyList<int> Events
    );
}
