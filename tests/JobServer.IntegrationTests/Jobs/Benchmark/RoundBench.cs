using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Outbound;
using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Measuring;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Io;
using JobServer.Jobs.Calls;
using JobServer.Outbound;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>A peer, and rounds that call it, with connections and breakers of their own.</summary>
public sealed class RoundBench : IAsyncDisposable
{
    private readonly OutboundFixture _outbound;

    private RoundBench(Peer peer, OutboundOptions options)
    {
        Peer = peer;
        _outbound = new OutboundFixture(options);
        Services = new CallServices(
            _outbound.Client,
            new HostBreakers(Options.Create(options), TimeProvider.System),
            TimeProvider.System
        );
    }

    public Peer Peer { get; }

    internal CallServices Services { get; }

    /// <summary>All strategies that call.</summary>
    public static TheoryData<string> IoStrategies =>
        [.. StrategyTypes.All.OfType<IStrategy<IoWork>>().Select(strategy => strategy.Name)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RoundBench> StartAsync(int maxConnections = 256) =>
        new(
            await Peer.StartAsync(),
            new OutboundOptions { AllowedNetworks = ["127.0.0.0/8"], MaxConnectionsPerHost = maxConnections }
        );

    /// <summary>The address of a page that answers so.</summary>
    public string Serve(string path, RequestDelegate answer)
    {
        Peer.Answers[path] = answer;
        return Peer.Url + path;
    }

    internal static BenchmarkSettings Settings(
        string strategy,
        int concurrency,
        LoadSettings? load,
        params string[] urls
    ) =>
        new()
        {
            Strategies = [new StrategySettings(strategy, strategy, concurrency)],
            Urls = urls,
            Load = load ?? Closed(100),
            Baselines = new Dictionary<string, string>(),
            Seed = 1,
            JobTimeout = TimeSpan.FromMinutes(1),
            Warmup = 1,
        };

    internal static LoadSettings Closed(int requests) => new() { Requests = requests, MaxRequests = 100_000 };

    internal static LoadSettings Open(double rate, int requests) =>
        new()
        {
            Model = LoadModel.Open,
            Rate = rate,
            Requests = requests,
            MaxRequests = 100_000,
        };

    internal RoundRunner Runner(BenchmarkSettings settings) => new(settings, Services);

    /// <summary>One round of the only contender.</summary>
    internal Task<RoundOutcome> RunAsync(BenchmarkSettings settings) =>
        RunAsync(Runner(settings), settings.Strategies[0].Name);

    internal static Task<RoundOutcome> RunAsync(RoundRunner runner, string contender, int block = 0) =>
        runner.RunAsync(contender, block, Cancel).WaitAsync(TimeSpan.FromMinutes(1), Cancel);

    internal async Task<Round> MeasureAsync(BenchmarkSettings settings)
    {
        var outcome = await RunAsync(settings);
        Assert.True(outcome.IsMeasured, outcome.Failure?.Detail);
        return outcome.Round;
    }

    internal async Task<RoundFailure> FailAsync(BenchmarkSettings settings)
    {
        var outcome = await RunAsync(settings);
        Assert.False(outcome.IsMeasured);
        return outcome.Failure;
    }

    /// <summary>How many calls took at least so long.</summary>
    internal static long Slower(Round round, double seconds) =>
        LatencyHistogram
            .Decode(round.Latency!.Histogram)
            .Recorded.Where(step => step.Seconds >= seconds)
            .Sum(step => step.Count);

    public async ValueTask DisposeAsync()
    {
        await Peer.DisposeAsync();
        _outbound.Dispose();
    }
}
