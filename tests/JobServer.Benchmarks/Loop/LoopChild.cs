using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace JobServer.Benchmarks.Loop;

/// <summary>
/// The fetch one writes when nothing needs to be kept: one client, as many loops as the concurrency, each body read to its
/// end and dropped. One run a line of standard input, until it ends; the process stays, so the runtime is warm.
/// </summary>
internal static class LoopChild
{
    public const string Verb = "loop";

    public static async Task<int> RunAsync(string manifest, string concurrency, CancellationToken cancellationToken)
    {
        var items = File.ReadLines(manifest)
            .Select(line => line.Split('\t'))
            .Select(fields => new Item(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture)))
            .ToArray();
        var loops = int.Parse(concurrency, CultureInfo.InvariantCulture);
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            }
        );

        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
            Console.WriteLine((await TimedAsync(client, items, loops, cancellationToken)).ToLine());
        }

        return ExitCodes.Correct;
    }

    private static async Task<ChildRun> TimedAsync(
        HttpClient client,
        Item[] items,
        int loops,
        CancellationToken cancellationToken
    )
    {
        var cpuBefore = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        string? error = null;
        var next = -1;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, loops).Select(_ => LoopAsync()));
        }
        catch (Exception fault) when (fault is HttpRequestException or IncorrectException or TaskCanceledException)
        {
            error = fault.Message;
        }

        var seconds = clock.Elapsed.TotalSeconds;
        var cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds;
        var fetched = error is null ? items.Length : 0;
        return new ChildRun(seconds, cpu, ProcessFigures.PeakRssMib(Environment.ProcessId), fetched, error);

        async Task LoopAsync()
        {
            for (int at; (at = Interlocked.Increment(ref next)) < items.Length; )
            {
                var item = items[at];
                using var response = await client.GetAsync(new Uri(item.Url), cancellationToken);
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
                if (response.StatusCode != HttpStatusCode.OK || body.Length != item.Length)
                {
                    throw new IncorrectException($"{item.Url}: status {response.StatusCode}, {body.Length} bytes");
                }
            }
        }
    }

    private readonly record struct Item(string Url, int Length);
}
