using JobServer.IntegrationTests.Jobs.Fetch;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Steps;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.Lookups.LookupBench;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

public sealed class FaultTests(LookupBench bench) : IClassFixture<LookupBench>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Authority => new Uri(bench.Peer.Url).Authority;

    [Fact]
    public async Task A_status_that_is_no_success_is_an_error_that_names_the_url_without_its_query()
    {
        var answer = await AskAsync($"{bench.Peer.Url}/status/404?key=secret");

        Assert.Equal(("http_404", Authority), (answer.ErrorCode, answer.ErrorHost));
        Assert.Equal($"The lookup {bench.Peer.Url}/status/404?… answered 404 Not Found.", answer.ErrorDetail);
    }

    [Fact]
    public async Task The_url_of_an_error_is_cut()
    {
        var answer = await AskAsync($"{bench.Peer.Url}/{new string('x', 500)}");

        Assert.Equal("http_404", answer.ErrorCode);
        Assert.Contains("xxx… answered", answer.ErrorDetail, StringComparison.Ordinal);
        Assert.InRange(answer.ErrorDetail!.Length, 200, 250);
    }

    [Fact]
    public async Task A_passing_fault_is_tried_again_and_the_last_attempt_decides()
    {
        var (mended, failing) = (Statuses(503, 500, 200), bench.Peer.ServeStatuses(500));

        var answers = await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), [mended, failing], Cancel);

        Assert.Equal((null, "http_500"), (answers[mended].ErrorCode, answers[failing].ErrorCode));
        Assert.Equal((3, 3), (bench.Peer.CallsOfUrl(mended), bench.Peer.CallsOfUrl(failing)));
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_a_timeout()
    {
        var settings = Quick with { ItemTimeout = TimeSpan.FromMilliseconds(200) };

        var answer = await AskAsync($"{bench.Peer.Url}/hang", settings);

        Assert.Equal(("timeout", Authority), (answer.ErrorCode, answer.ErrorHost));
        Assert.Equal(
            $"The lookup {bench.Peer.Url}/hang failed: There was no complete answer in time.",
            answer.ErrorDetail
        );
        Assert.Equal(3, bench.Peer.CallsOf("/hang"));
    }

    [Fact]
    public async Task An_address_that_is_not_public_is_refused()
    {
        var answer = await AskAsync("http://10.0.0.1/people");

        Assert.Equal(("address_refused", "10.0.0.1"), (answer.ErrorCode, answer.ErrorHost));
    }

    [Fact]
    public async Task A_failing_host_is_left_alone()
    {
        var settings = new CallSettings
        {
            Concurrency = 1,
            Retry = new RetrySettings { MaxAttempts = 1, MaxDelay = default },
        };
        string[] urls = [.. Enumerable.Range(0, 60).Select(n => $"{bench.Peer.ServeStatuses(500)}?{n}")];

        var answers = await bench.Lookups(await bench.AcceptAsync(), settings).ResolveAsync(Step(), urls, Cancel);

        // The breaker of a host opens at half of at least fifty calls failed.
        Assert.Equal(
            [new("circuit_open", 10), new("http_500", 50)],
            answers
                .Values.CountBy(answer => answer.ErrorCode ?? "none")
                .OrderBy(count => count.Key, StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Retry_After_puts_a_lookup_off_at_no_attempts_cost()
    {
        var calls = 0;
        var url = bench.Peer.Serve(http =>
        {
            if (Interlocked.Increment(ref calls) > 1)
                return http.Response.WriteAsJsonAsync(1, http.RequestAborted);
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });

        var answer = await AskAsync(url, Quick with { Retry = Quick.Retry with { MaxAttempts = 1 } });

        Assert.Equal((null, 2), (answer.ErrorCode, calls));
    }

    [Fact]
    public async Task A_body_that_is_not_as_expected_is_an_error_after_one_call()
    {
        var (text, other) = (Body("<p>"), Body("""{"b":1}"""));
        var step = Step(select: [("a", "$.a")]);

        var answers = await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(step, [text, other], Cancel);

        Assert.Equal((LookupBody.NotJsonCode, Authority), (answers[text].ErrorCode, answers[text].ErrorHost));
        Assert.StartsWith($"The lookup {text} failed: ", answers[text].ErrorDetail, StringComparison.Ordinal);
        Assert.Equal(LookupBody.NoMatchCode, answers[other].ErrorCode);
        Assert.Equal((1, 1), (bench.Peer.CallsOfUrl(text), bench.Peer.CallsOfUrl(other)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Neither_a_body_nor_what_is_selected_from_it_is_larger_than_allowed(int columns)
    {
        var url = Body($"\"{new string('x', 1000)}\"");
        var step = Step(select: [.. Enumerable.Range(0, columns).Select(column => ($"c{column}", "$"))]);

        var fits = await AskAsync(url, Quick with { MaxBodyBytes = 4000 }, step);
        var tooLarge = await AskAsync(url, Quick with { MaxBodyBytes = 1001 * columns }, step);

        Assert.Equal((null, "body_too_large"), (fits.ErrorCode, tooLarge.ErrorCode));
    }

    [Theory]
    [InlineData("ftp://host/x", "host")]
    [InlineData("no url", null)]
    public async Task A_url_that_cannot_be_fetched_is_an_error_and_no_call(string url, string? host)
    {
        var answer = await AskAsync(url);

        Assert.Equal(("lookup_bad_url", host), (answer.ErrorCode, answer.ErrorHost));
        Assert.StartsWith("The URL of the lookup cannot be fetched: ", answer.ErrorDetail, StringComparison.Ordinal);
    }

    private async Task<LookupAnswer> AskAsync(string url, CallSettings? settings = null, LookupStep? step = null) =>
        await bench.Lookups(await bench.AcceptAsync(), settings).ResolveAsync(step ?? Step(), url);

    private string Body(string body) => bench.Peer.Serve(http => http.Response.WriteAsync(body, http.RequestAborted));

    private string Statuses(params int[] statuses)
    {
        var calls = 0;
        return bench.Peer.Serve(http =>
        {
            http.Response.StatusCode = statuses[Interlocked.Increment(ref calls) - 1];
            return http.Response.WriteAsJsonAsync(1, http.RequestAborted);
        });
    }
}
