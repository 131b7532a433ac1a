using JobServer.Hosting.Demo.Benchmark;
using JobServer.Hosting.Demo.Enrichment;
using JobServer.Hosting.Demo.Fetch;
using JobServer.Jobs;
using JobServer.Jobs.Enrichment;
using Spectre.Console;

namespace JobServer.Hosting.Demo;

/// <summary>Runs every part of the demo with a running host, and shows what comes of it and where to look.</summary>
internal sealed class DemoRun(
    WebApplication host,
    Database database,
    DemoKey key,
    SampleApi sample,
    IAnsiConsole console
)
{
    private static readonly TimeSpan JobLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    /// <summary>True when every outcome was as expected.</summary>
    public async Task<bool> RunAsync(bool stay, CancellationToken stop)
    {
        var server = Reachable(host.Urls.First());
        WriteLines(
            $"Server      {server}",
            $"Database    {(database.Embedded is { } own ? $"a private PostgreSQL in {own.DataDir}" : "as configured")}",
            $"Sample API  {sample.Address} (served by this demo)"
        );

        using var client = new DemoClient(server, key.Text);
        var jobs = new List<JobView>();
        var isAsExpected = true;
        IDemoPart[] parts =
        [
            new FetchPart(sample, console),
            new EnrichmentPart(sample, console),
            new BenchmarkPart(server, console),
        ];
        foreach (var part in parts)
        {
            WriteLines("", part.Announcement);
            var accepted = await part.SubmitAsync(client, stop);
            var job = await new DemoProgress(console, TimeProvider.System).ShowAsync(
                client.FollowAsync(accepted, JobLimit, stop),
                stop
            );
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(ReadLimit);
            isAsExpected &= await part.CheckAsync(client, job, limit.Token);
            jobs.Add(job);
        }

        WriteLines(
            "",
            stay ? "Where to look" : "Where to look, while `./jobserver up` runs",
            $"  dashboard  {server}hangfire",
            $"  API        {server}scalar"
        );
        foreach (var job in jobs)
            WriteLines(
                $"  {job.Kind, -10} {new Uri(server, job.Links.Self)}",
                $"  {(job.Links.Report is null ? "results" : "report"), -10} "
                    + new Uri(server, job.Links.Report ?? job.Links.Results)
            );
        var enrichment = jobs.First(job => job.Kind == EnrichmentKind.KindName);
        var authorization = $"-H \"Authorization: Bearer $KEY\"";
        WriteLines(
            "",
            "Each asks for the key; a browser is led to a page that takes it",
            $"  KEY={key.Shown}",
            $"  rejects    curl -s {authorization} '{new Uri(server, enrichment.Links.Results)}?state=failed' -H 'Accept: text/csv'",
            "",
            "Your first job",
            $"  curl -s {authorization} {server}v1/jobs/fetch -H 'Content-Type: application/json' -H 'Prefer: wait=10' \\",
            $"    -d '{{\"urls\": [\"{(stay ? new Uri(sample.Address, "/users/1") : "https://example.org/")}\"]}}'",
            "",
            stay
                ? "Ctrl+C ends it. While it runs, addresses of this machine may be fetched; JobServer by itself refuses them."
                : "The server ends now; the jobs are kept. `./jobserver demo --stay` keeps the server running."
        );
        return isAsExpected;
    }

    /// <summary>Where a client on this machine reaches what listens on the address.</summary>
    public static Uri Reachable(string address)
    {
        var binding = BindingAddress.Parse(address);
        var isAny = binding.Host is "0.0.0.0" or "[::]" or "*" or "+";
        return new UriBuilder(binding.Scheme, isAny ? "127.0.0.1" : binding.Host, binding.Port).Uri;
    }

    // Not by the console's own means: it would break long lines, and nobody can copy a broken URL.
    private void WriteLines(params IEnumerable<string> lines)
    {
        foreach (var line in lines)
            console.Profile.Out.Writer.WriteLine(line);
    }
}
