using System.Net;
using JobServer.Outbound;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;

namespace JobServer.Tests.Outbound;

public sealed class HostBreakersTests
{
    private static readonly Uri Host = new("https://a.example/");
    private static readonly Answer Good = new(HttpStatusCode.OK);
    private static readonly Answer Bad = new(HttpStatusCode.ServiceUnavailable);

    private readonly ManualTime _time = new();
    private readonly HostBreakers _breakers;

    public HostBreakersTests()
    {
        _breakers = new HostBreakers(Options.Create(new OutboundOptions { MaxTrackedHosts = 20 }), _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Breaker_opens_when_half_of_fifty_calls_failed_and_says_for_how_long()
    {
        await CallAsync(Good, times: 25);
        await CallAsync(Bad, times: 25);
        _time.Advance(TimeSpan.FromSeconds(2));

        var refusal = await Assert.ThrowsAsync<BrokenCircuitException>(() => CallAsync(Good));

        Assert.Equal(TimeSpan.FromSeconds(3), refusal.RetryAfter);
        Assert.Equal("circuit_open", OutboundFaults.Code(refusal));
    }

    [Fact]
    public async Task Breaker_stays_closed_at_forty_nine_calls()
    {
        await CallAsync(Bad, times: 49);

        await CallAsync(Good);

        Assert.Equal("closed", Assert.Single(_breakers.Snapshot()).State);
    }

    [Fact]
    public async Task Breaker_stays_closed_below_half()
    {
        await CallAsync(Good, times: 51);
        await CallAsync(Bad, times: 50);

        await CallAsync(Good);
    }

    [Fact]
    public async Task Calls_older_than_the_window_do_not_count()
    {
        await CallAsync(Bad, times: 49);
        _time.Advance(TimeSpan.FromSeconds(11));
        await CallAsync(Bad, times: 49);

        await CallAsync(Good);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, false)]
    [InlineData(HttpStatusCode.TooManyRequests, false)]
    [InlineData(HttpStatusCode.RequestTimeout, true)]
    [InlineData(HttpStatusCode.InternalServerError, true)]
    [InlineData((HttpStatusCode)599, true)]
    public async Task Status_counts_when_the_host_is_to_blame(HttpStatusCode status, bool counts)
    {
        await CallAsync(new Answer(status), times: 50);

        Assert.Equal(counts ? "open" : "closed", Assert.Single(_breakers.Snapshot()).State);
    }

    [Fact]
    public async Task Exceptions_count_by_their_fault()
    {
        await FailAsync(new AddressRefusedException("a.example"), times: 50);
        Assert.Equal("closed", Assert.Single(_breakers.Snapshot()).State);

        await FailAsync(new HttpRequestException(HttpRequestError.ConnectionError), times: 50);
        Assert.Equal("open", Assert.Single(_breakers.Snapshot()).State);
    }

    [Fact]
    public async Task Timeout_of_an_attempt_counts_and_our_own_stop_does_not()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        for (var i = 0; i < 50; i++)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                await _breakers
                    .GetPipeline(Host)
                    .ExecuteAsync<Answer>(token => throw new OperationCanceledException(token), stop.Token)
            );
        }

        Assert.Equal("closed", Assert.Single(_breakers.Snapshot()).State);

        await FailAsync(new OperationCanceledException(), times: 50);
        Assert.Equal("open", Assert.Single(_breakers.Snapshot()).State);
    }

    [Fact]
    public async Task Snapshot_follows_a_breaker_from_open_over_half_open_to_closed()
    {
        var opened = _time.GetUtcNow();
        await CallAsync(Bad, times: 50);

        Assert.Equal(
            new HostState("https://a.example:443", "open", opened.AddSeconds(5)),
            Assert.Single(_breakers.Snapshot())
        );

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("half_open", Assert.Single(_breakers.Snapshot()).State);

        await CallAsync(Good);
        Assert.Equal("closed", Assert.Single(_breakers.Snapshot()).State);
    }

    [Fact]
    public async Task Hosts_do_not_share_a_breaker_and_all_callers_of_one_host_do()
    {
        await CallAsync(Bad, times: 50);

        Assert.Same(_breakers.GetPipeline(Host), _breakers.GetPipeline(new Uri("https://A.example:443/other?x")));
        foreach (var other in new[] { "http://a.example/", "https://a.example:8443/", "https://b.example/" })
            await _breakers
                .GetPipeline(new Uri(other))
                .ExecuteAsync(static _ => ValueTask.FromResult<IAttemptOutcome>(Good), Cancel);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => CallAsync(Good));
    }

    [Fact]
    public void Hosts_are_bounded_and_the_ones_unused_for_longest_make_room()
    {
        var first = _breakers.GetPipeline(Host);
        for (var i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            _breakers.GetPipeline(new Uri($"https://h{i}.example/"));
            Assert.Same(first, _breakers.GetPipeline(Host));
            Assert.InRange(_breakers.Count, 1, 20);
        }

        Assert.Equal(_breakers.Count, _breakers.Snapshot().Count);
        Assert.Contains(_breakers.Snapshot(), host => host.Authority == "https://h999.example:443");
        Assert.DoesNotContain(_breakers.Snapshot(), host => host.Authority == "https://h0.example:443");
    }

    private async Task CallAsync(Answer answer, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            await _breakers
                .GetPipeline(Host)
                .ExecuteAsync(static (state, _) => ValueTask.FromResult<IAttemptOutcome>(state), answer, Cancel);
        }
    }

    private async Task FailAsync(Exception exception, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var thrown = await Record.ExceptionAsync(async () =>
                await _breakers.GetPipeline(Host).ExecuteAsync<Answer>(_ => throw exception, Cancel)
            );
            Assert.Same(exception, thrown);
        }
    }

    private sealed record Answer(HttpStatusCode Status) : IAttemptOutcome
    {
        public bool CountsAgainstHost => StatusRules.CountsAgainstHost(Status);
    }
}
