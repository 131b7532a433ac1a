using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo;

/// <summary>Fetches the pages of the sample API with a running host, and shows what comes of it.</summary>
internal sealed class DemoRun(WebApplication host, Database database, SampleApi sample, IAnsiConsole console)
{
    private static readonly TimeSpan JobLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    /// <summary>True when every outcome was as expected.</summary>
    public async Task<bool> RunAsync(bool stay, CancellationToken stop)
    {
        var server = Reachable(host.Urls.First());
        var plan = new DemoPlan(sample.Address);
        WriteLines(
            $"Server      {server}",
            $"Database    {(database.Embedded is { } own ? $"a private PostgreSQL in {own.DataDir}" : "as configured")}",
            $"Sample API  {sample.Address} (served by this demo)",
            "",
            $"Fetching {plan.Items.Count} URLs: good, slow, flaky, moved, missing, broken and forbidden ones."
        );

        using var client = new DemoClient(server);
        var accepted = await client.SubmitAsync(plan, stop);
        var job = await new DemoProgress(console, TimeProvider.System).ShowAsync(
            client.FollowAsync(accepted, JobLimit, stop),
            stop
        );
        var check = await CheckAsync(client, plan, job, stop);
        WriteLines(
            "",
            stay ? "Where to look" : "Where to look, while `./jobserver up` runs",
            $"  dashboard  {server}hangfire",
            $"  API        {server}scalar",
            $"  the job    {new Uri(server, job.Links.Self)}",
            $"  results    {new Uri(server, job.Links.Results)}",
            "",
            "Your first job",
            $"  curl -s {server}v1/jobs/fetch -H 'Content-Type: application/json' -H 'Prefer: wait=10' \\",
            $"    -d '{{\"urls\": [\"{(stay ? new Uri(sample.Address, "/users/1") : "https://example.org/")}\"]}}'",
            "",
            stay
                ? "Ctrl+C ends it. While it runs, addresses of this machine may be fetched; JobServer by itself refuses them."
                : "The server ends now; the job is kept. `./jobserver demo --stay` keeps the server running."
        );
        return check.Differences.Count == 0;
    }

    /// <summary>Where a client on this machine reaches what listens on the address.</summary>
    public static Uri Reachable(string address)
    {
        var binding = BindingAddress.Parse(address);
        var isAny = binding.Host is "0.0.0.0" or "[::]" or "*" or "+";
        return new UriBuilder(binding.Scheme, isAny ? "127.0.0.1" : binding.Host, binding.Port).Uri;
    }

    private async Task<OutcomeCheck> CheckAsync(DemoClient client, DemoPlan plan, JobView job, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ReadLimit);
        var check = new OutcomeCheck(plan);
        check.TakeJob(job);
        await foreach (var line in client.ResultsAsync(job, limit.Token))
            check.TakeLine(line);
        var errors = await client.ErrorsAsync(job, limit.Token);
        check.TakeErrors(errors);
        DemoSummary.Write(console, plan, check, job, errors);
        return check;
    }

    // Not by the console's own means: it would break long lines, and nobody can copy a broken URL.
    private void WriteLines(params IEnumerable<string> lines)
    {
        foreach (var line in lines)
            console.Profile.Out.Writer.WriteLine(line);
    }
}
