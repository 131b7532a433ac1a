using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace JobServer.Benchmarks.Targets;

/// <summary>The same pages from memory by Kestrel, in a process of its own: where nginx is not installed, or pages are to take their time.</summary>
internal sealed partial class KestrelTarget : ITarget
{
    public const string Verb = "serve";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly ChildProcess _process;

    private KestrelTarget(ChildProcess process, Uri address, TimeSpan delay)
    {
        _process = process;
        Address = address;
        Description =
            $"Kestrel {Environment.Version}"
            + (delay > TimeSpan.Zero ? $" that takes {delay.TotalMilliseconds} ms" : "");
    }

    public Uri Address { get; }

    public string Description { get; }

    /// <param name="delay">How long each page is held back.</param>
    public static async Task<KestrelTarget> StartAsync(
        PageSet pages,
        TimeSpan delay,
        CancellationToken cancellationToken
    )
    {
        var process = ChildProcess.Start(
            "target",
            ChildProcess.Dotnet,
            [ChildProcess.OwnAssembly, Verb, pages.Folder, $"{delay.TotalMilliseconds}"]
        );
        try
        {
            var ready = await process.ExpectAsync(ListeningOn(), StartLimit, cancellationToken);
            return new KestrelTarget(process, new Uri(ready.Groups["url"].Value), delay);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The child's side: serves until standard input ends.</summary>
    public static async Task<int> ServeAsync(string folder, string milliseconds, CancellationToken cancellationToken)
    {
        var delay = TimeSpan.FromMilliseconds(double.Parse(milliseconds, CultureInfo.InvariantCulture));
        var bodies = Directory
            .EnumerateFiles(folder)
            .ToDictionary(file => "/" + Path.GetFileName(file), File.ReadAllBytes);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));

        await using var app = builder.Build();
        app.Run(async context =>
        {
            if (!bodies.TryGetValue(context.Request.Path.Value ?? "", out var body))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, context.RequestAborted);
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });

        await app.StartAsync(cancellationToken);
        Console.WriteLine($"listening on {app.Urls.First()}/");
        while (await Console.In.ReadLineAsync(cancellationToken) is not null) { }
        await app.StopAsync(cancellationToken);
        return ExitCodes.Correct;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex(@"^listening on (?<url>http://\S+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListeningOn();
}
