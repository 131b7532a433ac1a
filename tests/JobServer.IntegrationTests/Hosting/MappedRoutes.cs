using System.Diagnostics;
using JobServer.Hosting;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Jobs;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JobServer.IntegrationTests.Hosting;

/// <summary>
/// The routes of the host as its own program maps them, for which it is run once inside of another process, whose Hangfire it
/// configures as a whole: no list kept by hand would know of a route that was added.
/// </summary>
internal static class MappedRoutes
{
    public const string Role = "routes";
    private const string Mark = "route ";

    /// <summary>Each as verb and path, like <c>GET /v1/jobs/{id}</c>.</summary>
    public static async Task<IReadOnlySet<string>> ReadAsync(
        string connectionString,
        CancellationToken cancellationToken
    )
    {
        var program = Environment.ProcessPath!;
        string[] host =
            Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(MappedRoutes).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, [.. host, Role, connectionString])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return said.Split(Environment.NewLine)
            .Where(line => line.StartsWith(Mark, StringComparison.Ordinal))
            .Select(line => line[Mark.Length..])
            .ToHashSet();
    }

    /// <summary>What the other process does.</summary>
    public static async Task<int> RunAsync(string connectionString)
    {
        foreach (var route in await ReadHereAsync(connectionString, CancellationToken.None))
            Console.WriteLine($"{Mark}{route}");
        return 0;
    }

    private static async Task<IReadOnlySet<string>> ReadHereAsync(
        string connectionString,
        CancellationToken cancellationToken
    )
    {
        var built = new TaskCompletionSource<IHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = DiagnosticListener.AllListeners.Subscribe(new HostWatch(built));
        string[] args =
        [
            $"--ConnectionStrings:JobServer={connectionString}",
            "--Urls=http://127.0.0.1:0",
            $"--Auth:BootstrapKey={HostProcess.Key}",
            "--Queues:fetch:Workers=0",
        ];
        var program = Task.Run(() => typeof(Verbs).Assembly.EntryPoint!.Invoke(null, [args]), cancellationToken);
        var host = await built.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        var started = new TaskCompletionSource();
        lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        var routes = host
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(Describe)
            .ToHashSet();
        lifetime.StopApplication();
        await program.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        return routes;
    }

    private static IEnumerable<string> Describe(RouteEndpoint endpoint)
    {
        var path = string.Join(
            '/',
            endpoint.RoutePattern.PathSegments.Select(segment =>
                string.Concat(
                    segment.Parts.Select(part =>
                        part switch
                        {
                            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter =>
                                $"{{{parameter.Name}}}",
                            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                            _ => throw new NotSupportedException($"A route with {part}."),
                        }
                    )
                )
            )
        );
        var verbs = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];
        return verbs.Select(verb => $"{verb} /{path}");
    }

    private sealed class HostWatch(TaskCompletionSource<IHost> built)
        : IObserver<DiagnosticListener>,
            IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            // Peers of other tests are hosts too.
            if (value is { Key: "HostBuilt", Value: IHost host } && host.Services.GetService<JobKinds>() is not null)
                built.TrySetResult(host);
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }
}
