using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>A real HTTP server on loopback for jobs to call: it counts its calls, and hangs on demand.</summary>
/// <remarks>
/// <c>/json/N</c> answers <c>{"n": N}</c> · <c>/status/N</c> answers that status · <c>/hang</c> never answers ·
/// <c>/slow/MS/N</c> answers <c>{"n": N}</c> after a while · anything else is mapped by the test with <see cref="Answers"/>.
/// </remarks>
public sealed class Peer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _open;
    private int _mostOpen;

    private Peer(WebApplication app) => _app = app;

    /// <summary>Base address, without a slash at the end.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Calls by path.</summary>
    public ConcurrentDictionary<string, int> Calls { get; } = new();

    /// <summary>What to answer on paths of the test's own.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Answers { get; } = new();

    /// <summary>Requests under way now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The most requests that were ever under way at once.</summary>
    public int MostOpen => Volatile.Read(ref _mostOpen);

    public static async Task<Peer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var peer = new Peer(app);
        app.Run(peer.AnswerAsync);
        await app.StartAsync();
        return peer;
    }

    public int CallsOf(string path) => Calls.GetValueOrDefault(path);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await _app.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Hanging requests are what some tests leave behind.
        }

        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var open = Interlocked.Increment(ref _open);
        InterlockedMax(ref _mostOpen, open);
        var path = http.Request.Path.Value!;
        Calls.AddOrUpdate(path, 1, (_, calls) => calls + 1);
        try
        {
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            await (Answers.TryGetValue(path, out var answer) ? answer(http) : AnswerAsync(http, parts));
        }
        catch (OperationCanceledException)
        {
            // The caller hung up.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static async Task AnswerAsync(HttpContext http, string[] parts)
    {
        switch (parts)
        {
            case ["json", var n]:
                await http.Response.WriteAsJsonAsync(new { n = int.Parse(n) }, http.RequestAborted);
                break;
            case ["slow", var milliseconds, var n]:
                await Task.Delay(int.Parse(milliseconds), http.RequestAborted);
                await http.Response.WriteAsJsonAsync(new { n = int.Parse(n) }, http.RequestAborted);
                break;
            case ["status", var status]:
                http.Response.StatusCode = int.Parse(status);
                break;
            case ["hang"]:
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
                break;
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            Interlocked.CompareExchange(ref target, value, seen);
    }
}
