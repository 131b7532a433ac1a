using System.Diagnostics;

namespace JobServer.Benchmarks.Benchmark.Closed;

/// <summary>A job of one round of the closed model. Its value is what JobServer says that it measured.</summary>
internal sealed class JobContender(JobServerHost host, BenchmarkJobs jobs, Uri page, BenchSettings settings)
    : IContender
{
    public const string RowName = "benchmark.closed";

    private const string Strategy = "io-async";
    private const double Rounding = 1e-6;

    private readonly object _submission = new
    {
        strategies = new[] { new { strategy = Strategy, concurrency = BenchSettings.Connections } },
        urls = new[] { page },
        load = new { model = "closed", requests = settings.Requests },
        // The comparison has rounds of its own, and warms up.
        rounds = 1,
        warmup = 0,
    };

    public string Name => RowName;

    public string Unit => "items/s";

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        var use = HostUse.Begin(host);
        var clock = Stopwatch.StartNew();
        var job = await jobs.RunAsync(_submission, items: 1, cancellationToken);
        var elapsed = clock.Elapsed.TotalSeconds;
        var figures = use?.End() ?? [];

        var measured = (await jobs.ValuesAsync(job, cancellationToken))[0];
        var units = measured.GetProperty("units").GetInt64();
        var errors = measured.GetProperty("errors").GetInt64();
        var wall = measured.GetProperty("wall").GetDouble();
        var throughput = (await jobs.ReportAsync(job, cancellationToken)).ThroughputOf(Strategy);
        if (units != settings.Requests || errors != 0)
        {
            throw new IncorrectException($"{Name}: {units} of {settings.Requests} calls, {errors} errors");
        }

        if (wall > elapsed || Math.Abs(throughput * wall / units - 1) > Rounding)
        {
            throw new IncorrectException(
                $"{Name}: the report says {throughput} calls/s, its round {units} in {wall} s, the clock {elapsed} s"
            );
        }

        return new Measurement(throughput, wall, figures);
    }
}
