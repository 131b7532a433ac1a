using System.Net;
using System.Text.RegularExpressions;

namespace JobServer.Benchmarks.Fetch;

/// <summary>The same pages from memory by Kestrel, in a process of its own, where nginx is not installed.</summary>
internal sealed partial class KestrelTarget : ITarget
{
    public const string Verb = "serve";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly ChildProcess _process;

    private KestrelTarget(ChildProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public string Description => $"Kestrel {Environment.Version}";

    public static async Task<KestrelTarget> StartAsync(PageSet pages, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start("target", ChildProcess.Dotnet, [ChildProcess.OwnAssembly, Verb, pages.Folder]);
        try
        {
            var ready = await process.ExpectAsync(ListeningOn(), StartLimit, cancellationToken);
            return new KestrelTarget(process, new Uri(ready.Groups["url"].Value));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>The child's side: serves until standard input ends.</summary>
    public static async Task<int> ServeAsync(string folder, CancellationToken cancellationToken)
    {
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
