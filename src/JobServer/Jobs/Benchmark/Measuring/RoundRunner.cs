using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Cpu;
using JobServer.Jobs.Benchmark.Strategies.Delay;
using JobServer.Jobs.Benchmark.Strategies.Io;
using JobServer.Jobs.Calls;

namespace JobServer.Jobs.Benchmark.Measuring;

/// <summary>
/// Runs the rounds of a job, one at a time, for one run of its lane: what a page answered first is known as long as this
/// lives.
/// </summary>
internal sealed class RoundRunner
{
    private readonly Dictionary<string, Contender> _contenders;
    private readonly BenchmarkSettings _settings;
    private readonly RoundMeter _meter;
    private readonly PageCalls _calls;
    private readonly Page[] _pages;

    public RoundRunner(BenchmarkSettings settings, CallServices services)
        : this(settings, Contender.Of(settings), services) { }

    /// <param name="contenders">With whatever strategies; those of the settings are not looked at.</param>
    /// <param name="headersFor">What calls to a URL bring; nothing by default.</param>
    public RoundRunner(
        BenchmarkSettings settings,
        IReadOnlyList<Contender> contenders,
        CallServices services,
        Func<Uri, IReadOnlyList<KeyValuePair<string, string>>?>? headersFor = null
    )
    {
        _settings = settings;
        _contenders = contenders.ToDictionary(contender => contender.Settings.Name);
        _meter = new RoundMeter(services.Time);
        _calls = new PageCalls(settings, services);
        _pages = [.. settings.Urls.Select(url => new Uri(url)).Select(url => new Page(url, headersFor?.Invoke(url)))];
    }

    /// <summary>Runs every contender <see cref="BenchmarkSettings.Warmup"/> times. What comes of it is not told: rounds say it.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        for (var round = 0; round < _settings.Warmup; round++)
        {
            foreach (var contender in _contenders.Keys)
                await RunAsync(contender, round, cancellationToken);
        }
    }

    /// <summary>Runs and measures one round; only cancellation is an exception.</summary>
    /// <param name="contender">Its name.</param>
    /// <param name="block">As it is to stand in the round.</param>
    public async Task<RoundOutcome> RunAsync(string contender, int block, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(_contenders[contender], block, cancellationToken);
        }
        catch (OutOfThreadsException exception)
        {
            return RoundOutcome.Failed(new RoundFailure("out_of_threads", exception.Message));
        }
    }

    private Task<RoundOutcome> RunAsync(Contender contender, int block, CancellationToken stop) =>
        contender.Strategy switch
        {
            IStrategy<IoWork> io => RunAsync(io, new IoWork(_pages, _settings.Load, _calls), contender, block, stop),
            IStrategy<CpuWork> cpu => RunAsync(cpu, new CpuWork(_settings.Numbers), contender, block, stop),
            IStrategy<DelayWork> delay => RunAsync(
                delay,
                new DelayWork(_settings.Delays, _settings.Delay),
                contender,
                block,
                stop
            ),
            _ => throw new InvalidOperationException($"Nobody knows the work of '{contender.Strategy.Name}'."),
        };

    private async Task<RoundOutcome> RunAsync<TWork>(
        IStrategy<TWork> strategy,
        TWork work,
        Contender contender,
        int block,
        CancellationToken stop
    )
        where TWork : IWork
    {
        using var _ = work;
        var figures = await _meter.MeasureAsync(() =>
        {
            work.Start();
            return strategy.RunAsync(work, contender.Settings.Concurrency, stop);
        });
        stop.ThrowIfCancellationRequested();
        var result = work.Result();
        return result.Failure is { } failure
            ? RoundOutcome.Failed(failure)
            : RoundOutcome.Measured(ToRound(contender.Settings.Name, TWork.Family, block, result, figures));
    }

    private static Round ToRound(string contender, string family, int block, WorkResult result, RoundFigures figures) =>
        new()
        {
            Strategy = contender,
            Family = family,
            Block = block,
            Run = "",
            StartedAt = figures.StartedAt,
            Wall = figures.Wall.TotalSeconds,
            Units = result.Units,
            Errors = result.Errors?.Values.Sum() ?? 0,
            ErrorCodes = result.Errors is { Count: > 0 } ? result.Errors : null,
            Latency = result.Latency?.ToLatency(),
            CpuSeconds = figures.Cpu.TotalSeconds,
            AllocatedBytes = figures.AllocatedBytes,
            Collections = figures.Collections,
            PeakThreads = figures.PeakThreads,
        };
}
