using JobServer.IntegrationTests.Fixtures;
using JobServer.IntegrationTests.Jobs.Fetch;
using Microsoft.AspNetCore.Http;
using static JobServer.IntegrationTests.Jobs.Enrichment.Lookups.LookupBench;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

public sealed class TakeOverTests(LookupBench bench) : IClassFixture<LookupBench>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_claim_that_has_lapsed_is_taken_over()
    {
        var url = await ClaimedByOthersAsync();
        await bench.Database.ExecuteAsync("update jobserver.lookups set claimed_until = now()", Cancel);

        var answer = await bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), url);

        Assert.Null(answer.ErrorCode);
        Assert.Equal(1, bench.Peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task A_live_claim_is_waited_for_and_its_answer_used_without_a_call()
    {
        var url = await ClaimedByOthersAsync();
        var time = new HurriedTime();
        var resolving = bench.Lookups(await bench.AcceptAsync(), time: time).ResolveAsync(Step(), url);
        await LookedAsync(time);
        Assert.False(resolving.IsCompleted);

        await bench.Database.ExecuteAsync(
            """
            update jobserver.lookups
            set claimed_by = null, claimed_until = null, answered_at = now(), value = '"by others"'
            """,
            Cancel
        );

        Assert.Equal("\"by others\"", (await resolving).Text());
        Assert.Equal(0, bench.Peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task A_claim_that_lapses_while_it_is_waited_for_is_taken_over()
    {
        var url = await ClaimedByOthersAsync();
        var time = new HurriedTime();
        var resolving = bench.Lookups(await bench.AcceptAsync(), time: time).ResolveAsync(Step(), url);
        await LookedAsync(time);
        Assert.Equal(0, bench.Peer.CallsOfUrl(url));

        await bench.Database.ExecuteAsync("update jobserver.lookups set claimed_until = now()", Cancel);

        Assert.Null((await resolving).ErrorCode);
        Assert.Equal(1, bench.Peer.CallsOfUrl(url));
    }

    [Fact]
    public async Task A_claim_is_renewed_while_its_call_is_under_way()
    {
        var gate = new TaskCompletionSource();
        var url = ServeGated(gate);
        var job = await bench.AcceptAsync();
        var resolving = bench.Lookups(job, time: new HurriedTime()).ResolveAsync(Step(), url);
        await Until.TrueAsync(() => bench.Peer.CallsOfUrl(url) == 1, Cancel);

        await bench.Database.ExecuteAsync("update jobserver.lookups set claimed_until = now()", Cancel);
        await bench.Database.WaitForAsync(
            "select claimed_until > now() + interval '20 seconds' from jobserver.lookups",
            Cancel
        );

        gate.SetResult();
        Assert.Null((await resolving).ErrorCode);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_lets_go_of_what_has_no_answer_and_keeps_what_has()
    {
        var gate = new TaskCompletionSource();
        var (answered, held) = (bench.Peer.ServeStatuses(404), ServeGated(gate));
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var job = await bench.AcceptAsync();
        var resolving = bench.Lookups(job).ResolveAsync(Step(), [answered, held], cancelling.Token);
        await bench.Database.WaitForAsync(
            "select count(*) = 1 from jobserver.lookups where answered_at is not null",
            Cancel
        );
        await Until.TrueAsync(() => bench.Peer.CallsOfUrl(held) == 1, Cancel);

        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await resolving);

        // Nothing needs to lapse: the next run calls at once what the first could not finish.
        var claimed = "select count(*) from jobserver.lookups where claimed_by is not null";
        Assert.Equal(0L, await bench.Database.QueryAsync<long>(claimed, Cancel));
        gate.SetResult();
        var answers = await bench.Lookups(job).ResolveAsync(Step(), [answered, held], Cancel);
        Assert.Equal(("http_404", null), (answers[answered].ErrorCode, answers[held].ErrorCode));
        Assert.Equal((1, 2), (bench.Peer.CallsOfUrl(answered), bench.Peer.CallsOfUrl(held)));
    }

    public async ValueTask InitializeAsync() =>
        await bench.Database.ExecuteAsync("delete from jobserver.lookups", Cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The claim was looked at more than once: each look ends in a wait.</summary>
    private static Task LookedAsync(HurriedTime time) => Until.TrueAsync(() => time.Timers > 5, Cancel);

    private string ServeGated(TaskCompletionSource gate) =>
        bench.Peer.Serve(async http =>
        {
            await gate.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsJsonAsync(1, http.RequestAborted);
        });

    /// <summary>A URL whose one key somebody else has claimed.</summary>
    private async Task<string> ClaimedByOthersAsync()
    {
        var gate = new TaskCompletionSource();
        var url = ServeGated(gate);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var resolving = bench.Lookups(await bench.AcceptAsync()).ResolveAsync(Step(), [url], leaving.Token);
        await Until.TrueAsync(() => bench.Peer.CallsOfUrl(url) == 1, Cancel);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await resolving);
        await bench.Database.ExecuteAsync(
            $"""
            update jobserver.lookups
            set claimed_by = '{Guid.NewGuid()}', claimed_until = now() + interval '10 minutes'
            """,
            Cancel
        );
        bench.Peer.Calls.Clear();
        gate.SetResult();
        return url;
    }
}
