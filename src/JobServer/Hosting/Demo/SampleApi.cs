using System.Collections.Concurrent;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using JobServer.Hosting.Demo.Enrichment;

namespace JobServer.Hosting.Demo;

/// <summary>
/// An HTTP API to call, served by this process on loopback. Every page answers by a fixed rule, so that the outcome
/// of each call is known beforehand.
/// </summary>
internal sealed class SampleApi : IAsyncDisposable
{
    /// <summary>Where the demo would have it, so that examples can name it.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5081";

    /// <summary>Bytes of a page under <c>/large</c>.</summary>
    public const int LargeBytes = 256 * 1024;

    /// <summary>An address no server should ever fetch: where most clouds hand out a machine's credentials.</summary>
    public const string Metadata = "http://169.254.169.254/latest/meta-data/";

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _calls = new();

    private SampleApi(WebApplication app) => _app = app;

    /// <summary>How often each page that counts its calls was asked for, by path.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Urls.First());

    public static async Task<SampleApi> StartAsync(string url, CancellationToken cancellationToken)
    {
        // Empty: the settings and URLs of the host beside it are not meant for it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var api = new SampleApi(app);
        api.MapPages();
        await app.StartAsync(cancellationToken);
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }

    /// <summary>How long a page under <c>/slow</c> takes to answer: 200 to 800 ms.</summary>
    public static TimeSpan DelayOf(int n) => TimeSpan.FromMilliseconds(200 + n * 37 % 601);

    public static string TextOf(int n) => $"Grüße from page {n}.";

    public static byte[] BytesOf(int n) => SHA512.HashData(BitConverter.GetBytes(n));

    // What is mapped nowhere answers 404: that is the page /missing/N.
    private void MapPages()
    {
        _app.MapGet("/users/{n:int}", User);
        _app.MapGet("/slow/{n:int}", SlowAsync);
        _app.MapGet("/flaky/{n:int}", (int n, HttpContext http) => CallOf(http) % 3 == 0 ? User(n) : Busy());
        _app.MapGet("/limited/{n:int}", (int n, HttpContext http) => CallOf(http) % 2 == 0 ? User(n) : TooMany(http));
        _app.MapGet("/moved/{n:int}", (int n) => Results.Redirect($"/users/{n}"));
        _app.MapGet("/broken/{n:int}", () => Results.StatusCode(StatusCodes.Status500InternalServerError));
        _app.MapGet("/text/{n:int}", (int n) => Results.Text(TextOf(n), MediaTypeNames.Text.Plain, Encoding.Latin1));
        _app.MapGet("/binary/{n:int}", (int n) => Results.Bytes(BytesOf(n)));
        _app.MapGet("/large/{n:int}", () => Results.Bytes(new byte[LargeBytes]));
        _app.MapGet("/away/{n:int}", () => Results.Redirect(Metadata));
        _app.MapGet("/people/{email}", Person);
    }

    private static IResult User(int n) => Results.Json(new { id = n, name = $"User {n}" });

    private static IResult Busy() => Results.StatusCode(StatusCodes.Status503ServiceUnavailable);

    private static IResult TooMany(HttpContext http)
    {
        http.Response.Headers.RetryAfter = "1";
        return Results.StatusCode(StatusCodes.Status429TooManyRequests);
    }

    private IResult Person(string email, HttpContext http)
    {
        CallOf(http);
        return SamplePeople.PageOf(email);
    }

    private static async Task<IResult> SlowAsync(int n, CancellationToken cancellationToken)
    {
        await Task.Delay(DelayOf(n), TimeProvider.System, cancellationToken);
        return User(n);
    }

    /// <summary>The how-manieth call of its path this is, from 1.</summary>
    private int CallOf(HttpContext http) => _calls.AddOrUpdate(http.Request.Path.Value!, 1, (_, calls) => calls + 1);
}
