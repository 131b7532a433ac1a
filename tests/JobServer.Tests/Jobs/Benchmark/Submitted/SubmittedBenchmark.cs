using System.Text.Json;
using JobServer.Access;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Submitted;
using JobServer.Jobs.Input;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace JobServer.Tests.Jobs.Benchmark.Submitted;

/// <summary>Reads submissions as the endpoint does, on a server at port 5080 that allows <c>allowed.example</c>.</summary>
internal static class SubmittedBenchmark
{
    public static BenchmarkSettings Accepted(string json, BenchmarkOptions? limits = null)
    {
        var (settings, faults) = Read(json, limits);
        Assert.Empty(faults);
        return settings!;
    }

    /// <summary>All faults as <c>path: message</c>.</summary>
    public static IReadOnlyList<string> Faults(string json, BenchmarkOptions? limits = null)
    {
        var (settings, faults) = Read(json, limits);
        Assert.Null(settings);
        Assert.NotEmpty(faults);
        return faults;
    }

    public static BenchmarkHosts Hosts(BenchmarkOptions options, params string[] addresses) =>
        new(Options.Create(options), new OwnKey(), new Server(addresses));

    private static (BenchmarkSettings? Settings, string[] Faults) Read(string json, BenchmarkOptions? limits)
    {
        limits ??= new BenchmarkOptions { AllowedHosts = ["allowed.example"] };
        var faults = new Faults();
        using var body = JsonDocument.Parse(json);
        var submission = BenchmarkSubmission.Read(
            body.RootElement,
            Hosts(limits, "http://127.0.0.1:5080"),
            limits,
            TimeProvider.System,
            faults
        );
        return (
            submission?.Settings,
            [.. faults.ToErrors().SelectMany(fault => fault.Value.Select(text => $"{fault.Key}: {text}"))]
        );
    }

    private sealed class Server : IServer
    {
        public Server(string[] addresses)
        {
            var feature = new ServerAddressesFeature();
            foreach (var address in addresses)
                feature.Addresses.Add(address);
            Features.Set<IServerAddressesFeature>(feature);
        }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public void Dispose() { }

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => throw new NotSupportedException();

        public Task StopAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
