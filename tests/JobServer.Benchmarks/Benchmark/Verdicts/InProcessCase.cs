using JobServer.Jobs.Benchmark;
using JobServer.Jobs.Benchmark.Measuring;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Strategies;
using JobServer.Jobs.Benchmark.Strategies.Cpu;
using JobServer.Jobs.Calls;
using JobServer.Ledger;
using JobServer.Outbound;

namespace JobServer.Benchmarks.Benchmark.Verdicts;

/// <summary>A case with a strategy that no submission can name: it is measured here, as a lane measures it.</summary>
internal sealed class InProcessCase : IDisposable
{
    private const string Run = "bench";

    private static readonly StrategySettings Plain = new("plain", "cpu-sequential", Concurrency: 1);
    private static readonly StrategySettings Slowed = new("slowed", "cpu-sequential", Concurrency: 1);
    private static readonly Contender[] Contenders =
    [
        new Contender(Plain, new CpuSequential()),
        new Contender(Slowed, new SlowedCpu()),
    ];

    private readonly ServiceProvider _services = new ServiceCollection()
        .AddOutbound(new ConfigurationBuilder().Build())
        .AddCalls()
        .BuildServiceProvider();

    /// <returns>The verdict on the one that was slowed down.</returns>
    public async Task<string> AskAsync(int seed, CancellationToken cancellationToken)
    {
        var settings = new BenchmarkSettings
        {
            Strategies = [Plain, Slowed],
            Baselines = new Dictionary<string, string>(StringComparer.Ordinal) { [Families.Cpu] = Plain.Name },
            Numbers = ApiCases.Cpu.Numbers!.Value,
            Rounds = ApiCases.Cpu.Rounds,
            Warmup = CaseWork.Warmup,
            Seed = seed,
            JobTimeout = TimeSpan.FromMinutes(10),
        };
        var runner = new RoundRunner(settings, Contenders, _services.GetRequiredService<CallServices>());
        await runner.WarmUpAsync(cancellationToken);
        var report = new ReportBuilder(settings);
        foreach (var (seq, planned) in BenchmarkPlan.Items(settings).Index())
        {
            var outcome = await runner.RunAsync(planned.Strategy!, planned.Block!.Value, cancellationToken);
            if (!outcome.IsMeasured)
            {
                throw new IncorrectException($"{planned.Key}: {outcome.Failure.Code}, {outcome.Failure.Detail}");
            }

            report.Add(
                new RecordedRound(
                    seq,
                    planned.Block.Value,
                    planned.Strategy!,
                    outcome.Round with
                    {
                        Run = Run,
                    },
                    ErrorCode: null,
                    ErrorDetail: null
                )
            );
        }

        return report
            .Build(Finished(settings))
            .Families.SelectMany(family => family.Strategies)
            .Single(strategy => strategy.Name == Slowed.Name)
            .Verdict;
    }

    public void Dispose() => _services.Dispose();

    /// <summary>The job as the ledger would have it; of the verdict it decides nothing.</summary>
    private static Job Finished(BenchmarkSettings settings)
    {
        var items = settings.Rounds * settings.Strategies.Count;
        return new Job(
            new JobKey(JobKey.DefaultTenant, Guid.CreateVersion7()),
            BenchmarkKind.KindName,
            BenchmarkKind.KindName,
            JobState.Succeeded,
            settings.ToArgs(),
            Tags: [],
            Lanes: 1,
            ChunkSize: items,
            Batched: false,
            Total: items,
            Succeeded: items,
            Failed: 0,
            TolerateFailedPercent: 0,
            settings.JobTimeout,
            Error: null,
            RetryOf: null,
            DuplicatesPrevented: 0,
            Repairs: 0,
            CreatedAt: DateTimeOffset.UnixEpoch,
            StartedAt: DateTimeOffset.UnixEpoch,
            FinishedAt: DateTimeOffset.UnixEpoch
        );
    }
}
