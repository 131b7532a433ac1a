using System.Diagnostics;
using System.Text.Json;
using JobServer.Benchmarks.Targets;

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
        _client = new JobServerClient(host);
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
        var use = HostUse.Begin(_host);
        var clock = Stopwatch.StartNew();
        var accepted = await _client.SubmitAsync("fetch", _body, cancellationToken);
        var job = await _client.FinishedAsync(accepted, RunLimit, cancellationToken);
        var seconds = clock.Elapsed.TotalSeconds;
        var figures = use?.End() ?? [];

        await CheckAsync(job, round.IsLast, cancellationToken);
        return new Measurement(_urls / seconds, seconds, figures);
    }

    public void Dispose() => _client.Dispose();

    private async Task CheckAsync(JsonElement job, bool readResults, CancellationToken cancellationToken)
    {
        await _client.CheckAsync(job, _urls, cancellationToken);
        if (readResults)
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limited.CancelAfter(ReadLimit);
            var check = new ResultCheck(_pages, _target, _urls);
            await _client.ReadResultLinesAsync(JobServerClient.IdOf(job), check.Take, limited.Token);
            check.Complete();
        }
    }
}
