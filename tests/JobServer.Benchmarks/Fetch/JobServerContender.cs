using System.Diagnostics;
using System.Text.Json;

namespace JobServer.Benchmarks.Fetch;

/// <summary>A fetch job: from the moment its list is posted until it is finished, every result committed.</summary>
internal sealed class JobServerContender : IContender, IDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromMinutes(5);

    private readonly JobServerHost _host;
    private readonly JobServerClient _client;
    private readonly PageSet _pages;
    private readonly Uri _target;
    private readonly int _urls;
    private readonly byte[] _body;

    public JobServerContender(JobServerHost host, PageSet pages, Uri target, FetchSettings settings)
    {
        _host = host;
        _client = new JobServerClient(host.Address);
        _pages = pages;
        _target = target;
        _urls = settings.Urls;
        _body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                urls = Enumerable.Range(0, settings.Urls).Select(seq => pages.UrlOf(target, seq)),
                options = new { concurrency = settings.Concurrency, perHostConcurrency = settings.Concurrency },
            }
        );
    }

    public string Name => "fetch.jobserver";

    public string Unit => "items/s";

    public async Task<Measurement> RunAsync(Round round, CancellationToken cancellationToken)
    {
        var before = Cpu.Of(_host.Pid);
        var clock = Stopwatch.StartNew();
        var accepted = await _client.SubmitAsync(_body, cancellationToken);
        var job = await _client.FinishedAsync(accepted, RunLimit, cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        var after = Cpu.Of(_host.Pid);

        await CheckAsync(job.GetProperty("id").GetString()!, job, round.IsLast, cancellationToken);
        return new Measurement(_urls / seconds, seconds, [.. Figures(before, after)]);
    }

    public void Dispose() => _client.Dispose();

    private async Task CheckAsync(string id, JsonElement job, bool readResults, CancellationToken cancellationToken)
    {
        try
        {
            ResultCheck.Job(job, _urls);
        }
        catch (IncorrectException incorrect)
        {
            throw new IncorrectException($"{incorrect.Message}\n{await _client.ErrorsAsync(id, cancellationToken)}");
        }

        if (readResults)
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(ReadLimit);
            var check = new ResultCheck(_pages, _target, _urls);
            await _client.ReadResultsAsync(id, check.Take, limited.Token);
            check.Complete();
        }
    }

    private IEnumerable<Figure> Figures(Cpu? before, Cpu? after)
    {
        if (_host.Pid is not { } pid || before is null || after is null)
        {
            yield break;
        }

        yield return new("cpu.jobserver", "CPU s/run", after.Host - before.Host);
        yield return new("cpu.postgres", "CPU s/run", after.Postgres - before.Postgres);
        if (ProcessFigures.PeakRssMib(pid) is { } peak)
        {
            yield return new("peakRss.jobserver", "MiB", peak);
        }
    }

    // All that runs below the host is its PostgreSQL.
    private sealed record Cpu(double Host, double Postgres)
    {
        public static Cpu? Of(int? pid) =>
            pid is { } host ? new(ProcessFigures.CpuSeconds(host), ProcessFigures.CpuSecondsBelow(host)) : null;
    }
}
