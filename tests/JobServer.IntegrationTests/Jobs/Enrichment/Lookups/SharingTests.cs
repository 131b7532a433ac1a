using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using JobServer.Jobs.Enrichment.Steps;
using static JobServer.IntegrationTests.Jobs.Enrichment.Lookups.LookupBench;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

public sealed class SharingTests(LookupBench bench) : IClassFixture<LookupBench>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lanes_that_ask_the_same_at_once_make_one_call_a_key()
    {
        await using var peer = await Peer.StartAsync();
        var job = await bench.AcceptAsync();
        string[] urls = [.. Enumerable.Range(0, 300).Select(n => $"{peer.Url}/slow/10/{n}")];
        // Each from another end, so that every one calls some and waits for others'.
        var lanes = Enumerable.Range(0, 4).Select(lane => urls[(lane * 75)..].Concat(urls[..(lane * 75)]).ToArray());

        var answers = await Task.WhenAll(
            lanes.Select(asked => bench.Lookups(job).ResolveAsync(Step(), asked, Cancel).AsTask())
        );

        Assert.Equal(300, peer.Calls.Count);
        Assert.All(peer.Calls, path => Assert.Equal(1, path.Value));
        foreach (var (n, url) in urls.Index())
            Assert.All(answers, answer => Assert.Equal($$"""{"n":{{n}}}""", answer[url].Text()));
    }

    [Fact]
    public async Task A_failure_is_an_answer_for_its_job_and_for_no_later_one()
    {
        var url = bench.Peer.ServeStatuses(404);
        var job = await bench.AcceptAsync();

        var first = await bench.Lookups(job).ResolveAsync(Step(Hour), url);
        var again = await bench.Lookups(job).ResolveAsync(Step(Hour), url);

        Assert.Equal("http_404", first.ErrorCode);
        Assert.Equal(first, again);
        Assert.Equal(1, bench.Peer.CallsOfUrl(url));
        var later = await bench.AcceptAsync();
        await bench.Lookups(later).ResolveAsync(Step(Hour), url);
        Assert.Equal(2, bench.Peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task A_success_serves_later_jobs_for_as_long_as_they_say_and_its_own_job_for_ever()
    {
        var url = ServeCount();
        var job = await bench.AcceptAsync();
        await bench.Lookups(job).ResolveAsync(Step(Hour), url);

        await LetPassAsync("59 minutes");
        Assert.Equal("1", (await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(Hour), url)).Text());

        await LetPassAsync("2 minutes");
        Assert.Equal(
            "1",
            (
                await bench.Lookups(job with { CreatedAt = job.CreatedAt.AddHours(-2) }).ResolveAsync(Step(Hour), url)
            ).Text()
        );
        Assert.Equal("2", (await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(Hour), url)).Text());
    }

    [Fact]
    public async Task Without_a_time_an_answer_serves_only_jobs_that_are_older()
    {
        var url = ServeCount();
        var older = await bench.AcceptAsync();

        Assert.Equal("1", (await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), url)).Text());
        Assert.Equal("1", (await bench.Lookups(older).ResolveAsync(Step(), url)).Text());
        Assert.Equal("2", (await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), url)).Text());
    }

    [Fact]
    public async Task What_decides_an_answer_makes_another_key_and_nothing_else_does()
    {
        var url = ServeCount();
        var job = await bench.AcceptAsync();
        (string, string)[] ann = [("X-As", "ann")];
        (string, string)[] selected = [("a", "$.a")];

        Assert.Equal("1", await AskAsync(Step()));
        Assert.Equal("2", await AskAsync(Step(headers: ann)));
        Assert.Equal("3", await AskAsync(Step(headers: [("X-As", "bob")])));
        Assert.Equal("lookup_no_match", await AskAsync(Step(select: selected)));
        Assert.Equal("5", await AskAsync(Step(), maxBodyBytes: 1000));
        Assert.Equal("1", await AskAsync(Step(into: "elsewhere", cacheFor: Hour)));
        Assert.Equal("2", await AskAsync(Step(headers: [("x-as", "ann")])));
        Assert.Equal("lookup_no_match", await AskAsync(Step(select: selected)));
        Assert.Equal(5, bench.Peer.CallsOfUrl(url));

        async Task<string> AskAsync(LookupStep step, int maxBodyBytes = 1 << 20)
        {
            var lookups = bench.Lookups(job, Quick with { MaxBodyBytes = maxBodyBytes });
            var answer = await lookups.ResolveAsync(step, url);
            return answer.ErrorCode ?? answer.Text();
        }
    }

    [Fact]
    public async Task A_lane_remembers_what_it_has_asked()
    {
        var url = ServeCount();
        var lookups = bench.Lookups(await bench.AcceptAsync());
        await lookups.ResolveAsync(Step(), url);

        await bench.Database.ExecuteAsync("delete from jobserver.lookups", Cancel);

        Assert.Equal("1", (await lookups.ResolveAsync(Step(), url)).Text());
        Assert.Equal("2", (await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), url)).Text());
    }

    /// <summary>Answers how often it was called.</summary>
    private string ServeCount()
    {
        var calls = 0;
        return bench.Peer.Serve(http =>
            http.Response.Body.WriteAsync(
                    System.Text.Encoding.UTF8.GetBytes($"{Interlocked.Increment(ref calls)}"),
                    http.RequestAborted
                )
                .AsTask()
        );
    }

    private Task LetPassAsync(string time) =>
        bench.Database.ExecuteAsync(
            $"update jobserver.lookups set answered_at = answered_at - interval '{time}'",
            Cancel
        );
}
