using JobServer.Ledger;

namespace JobServer.IntegrationTests.Jobs.Enrichment.Lookups;

public sealed class ClaimTests(LookupBench bench) : IClassFixture<LookupBench>
{
    private static readonly LookupEnd One = new("1"u8.ToArray(), null, null, null);

    private readonly LookupStore _store = new(bench.Source);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_key_has_one_claimant_however_many_want_it_at_once()
    {
        var terms = await TermsAsync();
        LookupKey[] keys = [.. Enumerable.Range(0, 500).Select(_ => NewKey())];

        var claims = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(claimant =>
                    _store.ClaimAsync(terms, NewClaimant(), claimant % 2 == 0 ? keys : [.. keys.Reverse()], Cancel)
                )
        );

        Assert.Equal(keys.Order(ByText), claims.SelectMany(claimed => claimed).Order(ByText));
        Assert.Empty(await _store.ClaimAsync(terms, NewClaimant(), keys, Cancel));
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_given_again()
    {
        var (terms, me, key) = (await TermsAsync(), NewClaimant(), NewKey());
        Assert.Equal([key], await _store.ClaimAsync(terms, me, [key], Cancel));

        Assert.Equal([key], await _store.ClaimAsync(terms, me, [key], Cancel));
    }

    [Fact]
    public async Task What_was_answered_in_the_meantime_is_not_claimed()
    {
        var (terms, me, key) = (await TermsAsync(), NewClaimant(), NewKey());
        await _store.ClaimAsync(terms, me, [key], Cancel);
        Assert.Equal(1, await _store.AnswerAsync(terms, me, [new(key, One)], Cancel));

        Assert.Empty(await _store.ClaimAsync(terms, NewClaimant(), [key], Cancel));
        // A later job takes no older answer, so it claims; to the older job the answer stays.
        Assert.Equal([key], await _store.ClaimAsync(await TermsAsync(), NewClaimant(), [key], Cancel));
        var found = await _store.FindAsync(terms, NewClaimant(), [key], Cancel);
        Assert.Equal("1"u8.ToArray(), found.Answers[key].Value!.Value.ToArray());
        Assert.Empty(found.Free);
    }

    [Fact]
    public async Task Whose_claim_was_taken_over_changes_nothing_any_more()
    {
        var (terms, me, key) = (await TermsAsync(), NewClaimant(), NewKey());
        await _store.ClaimAsync(terms, me, [key], Cancel);
        await _store.ReleaseAsync(terms.Tenant, me, [key], Cancel);
        var other = NewClaimant();
        Assert.Equal([key], await _store.ClaimAsync(terms, other, [key], Cancel));

        Assert.Equal(0, await _store.RenewAsync(terms.Tenant, me, [key], Cancel));
        Assert.Equal(0, await _store.ReleaseAsync(terms.Tenant, me, [key], Cancel));
        Assert.Equal(0, await _store.AnswerAsync(terms, me, [new(key, One)], Cancel));
        Assert.Equal(1, await _store.AnswerAsync(terms, other, [new(key, One)], Cancel));
        // And one that is recorded already is not recorded again.
        Assert.Equal(0, await _store.AnswerAsync(terms, other, [new(key, One)], Cancel));
    }

    [Fact]
    public async Task Tenants_share_nothing()
    {
        var (terms, me, key) = (await TermsAsync(), NewClaimant(), NewKey());
        await _store.ClaimAsync(terms, me, [key], Cancel);
        await _store.AnswerAsync(terms, me, [new(key, One)], Cancel);
        var others = terms with { Tenant = "other" };

        Assert.Empty((await _store.FindAsync(others, NewClaimant(), [key], Cancel)).Answers);
        Assert.Equal([key], await _store.ClaimAsync(others, me, [key], Cancel));
    }

    [Fact]
    public async Task Claims_of_a_lane_that_was_killed_are_its_next_run_s_at_once_and_never_the_other_way_round()
    {
        var (terms, lane, key) = (await TermsAsync(), NewLane(), NewKey());
        var (killed, next) = (LookupClaimant.Of(lane, epoch: 255), LookupClaimant.Of(lane, epoch: 256));
        var neighbour = LookupClaimant.Of(lane with { Lane = 4 }, epoch: 1000);
        await _store.ClaimAsync(terms, killed, [key], Cancel);
        Assert.Empty((await _store.FindAsync(terms, neighbour, [key], Cancel)).Free);
        Assert.Empty(await _store.ClaimAsync(terms, neighbour, [key], Cancel));

        Assert.Equal([key], (await _store.FindAsync(terms, next, [key], Cancel)).Free);
        Assert.Equal([key], await _store.ClaimAsync(terms, next, [key], Cancel));

        Assert.Empty(await _store.ClaimAsync(terms, killed, [key], Cancel));
        Assert.Equal(0, await _store.ReleaseAsync(terms.Tenant, killed, [key], Cancel));
    }

    private static readonly Comparer<LookupKey> ByText = Comparer<LookupKey>.Create(
        (one, other) => one.ToBytes().AsSpan().SequenceCompareTo(other.ToBytes())
    );

    private static LookupClaimant NewClaimant() => LookupClaimant.Of(NewLane(), epoch: 1);

    private static LaneKey NewLane() => new(new JobKey(JobKey.DefaultTenant, Guid.NewGuid()), Lane: 3);

    private static LookupKey NewKey() =>
        LookupKey.Of([.. Guid.NewGuid().ToByteArray(), .. Guid.NewGuid().ToByteArray()]);

    /// <summary>Of a job accepted now, that takes no answer from before.</summary>
    private async Task<LookupTerms> TermsAsync() =>
        new(JobKey.DefaultTenant, (await bench.AcceptAsync()).CreatedAt, TimeSpan.Zero);
}
