using Npgsql;
using NpgsqlTypes;

namespace JobServer.Ledger;

/// <summary>How a lookup ended.</summary>
/// <param name="Value">UTF-8 JSON; null when it failed.</param>
/// <param name="ErrorHost">What failed lookups are grouped by beside their code.</param>
public sealed record LookupEnd(ReadOnlyMemory<byte>? Value, string? ErrorCode, string? ErrorDetail, string? ErrorHost);

/// <summary>An answer to be recorded.</summary>
public readonly record struct AnsweredLookup(LookupKey Key, LookupEnd End);

/// <summary>
/// Which answers a job may use: those given since it was created, and successes that are no older than a time.
/// </summary>
/// <param name="Since">When the job was created, by the database's clock.</param>
/// <param name="CacheFor">Zero: none that are older than the job. Answers recorded under these terms are kept as long.</param>
public readonly record struct LookupTerms(string Tenant, DateTimeOffset Since, TimeSpan CacheFor);

/// <summary>What stands in the ledger about some keys. Keys in neither are claimed by others.</summary>
/// <param name="Answers">Those that may be used.</param>
/// <param name="Free">Those that nobody has claimed, or whose claim has lapsed.</param>
public sealed record FoundLookups(IReadOnlyDictionary<LookupKey, LookupEnd> Answers, IReadOnlyList<LookupKey> Free);

/// <summary>
/// Rows of <c>lookups</c>: find, claim, answer, expire. Every statement locks its rows in the order of their keys.
/// </summary>
public sealed class LookupStore(NpgsqlDataSource database)
{
    /// <summary>Rows that one call of <see cref="ExpireAsync"/> looks at.</summary>
    public const int ExpireAtOnce = 5000;

    // How long a claim is believed without a word, and how long a lapsed one that brought no answer is kept.
    private const string Claim = "interval '30 seconds'";
    private const string ClaimKept = "interval '1 hour'";

    private const string Usable =
        "(l.answered_at >= @since or (l.error_code is null and l.answered_at > now() - @cache_for))";

    // Nobody who lives claims it: not any more, or an earlier run of the same lane did.
    private const string Free =
        "(l.claimed_until is null or l.claimed_until <= now() or l.claimed_by between @first_claimant and @claimant)";

    /// <summary>Reads answers, and tells which keys are free to be claimed.</summary>
    public async Task<FoundLookups> FindAsync(
        LookupTerms terms,
        LookupClaimant claimant,
        IReadOnlyCollection<LookupKey> keys,
        CancellationToken cancellationToken
    )
    {
        await using var command = CommandFor(
            $"""
            select a.key, usable, case when usable then value end,
                case when usable then error_code end, error_detail, error_host
            from unnest(@keys) as a (key)
            left join jobserver.lookups l on l.key = a.key and l.tenant = @tenant
            cross join lateral (select coalesce({Usable}, false) as usable) as u
            where usable or {Free}
            """,
            terms.Tenant,
            keys
        );
        command.Parameters.WithTerms(terms, claimant);
        var answers = new Dictionary<LookupKey, LookupEnd>();
        var free = new List<LookupKey>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var key = LookupKey.Of(row.GetFieldValue<byte[]>(0));
            if (row.GetBoolean(1))
                answers[key] = ReadEnd(row);
            else
                free.Add(key);
        }

        return new FoundLookups(answers, free);
    }

    /// <summary>
    /// Claims those of the keys that have no usable answer and that nobody else has claimed, for half a minute. Claims of
    /// the same lane are given again. Returns them.
    /// </summary>
    public async Task<List<LookupKey>> ClaimAsync(
        LookupTerms terms,
        LookupClaimant claimant,
        IReadOnlyCollection<LookupKey> keys,
        CancellationToken cancellationToken
    )
    {
        await using var command = CommandFor(
            $"""
            insert into jobserver.lookups as l (tenant, key, claimed_by, claimed_until, expires_at)
            select @tenant, key, @claimant, now() + {Claim}, now() + {Claim} + {ClaimKept}
            from unnest(@keys) as a (key)
            order by key
            on conflict (key, tenant) do update
            set claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until,
                expires_at = greatest(l.expires_at, excluded.expires_at)
            where {Usable} is not true and {Free}
            returning key
            """,
            terms.Tenant,
            keys
        );
        command.Parameters.WithTerms(terms, claimant);
        var claimed = new List<LookupKey>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            claimed.Add(LookupKey.Of(row.GetFieldValue<byte[]>(0)));
        return claimed;
    }

    /// <summary>Prolongs claims by half a minute from now, lapsed ones too while nobody else has taken them over.</summary>
    public Task<int> RenewAsync(
        string tenant,
        LookupClaimant claimant,
        IReadOnlyCollection<LookupKey> keys,
        CancellationToken cancellationToken
    ) => ChangeClaimsAsync($"claimed_until = now() + {Claim}", tenant, claimant, keys, cancellationToken);

    /// <summary>Lets go of claims, so that others need not wait until they lapse.</summary>
    public Task<int> ReleaseAsync(
        string tenant,
        LookupClaimant claimant,
        IReadOnlyCollection<LookupKey> keys,
        CancellationToken cancellationToken
    ) => ChangeClaimsAsync("claimed_by = null, claimed_until = null", tenant, claimant, keys, cancellationToken);

    /// <summary>
    /// Records answers where the claim has not been taken over. To be repeated when its answer was lost: the second time
    /// it finds nothing to do.
    /// </summary>
    public async Task<int> AnswerAsync(
        LookupTerms terms,
        LookupClaimant claimant,
        IReadOnlyCollection<AnsweredLookup> answered,
        CancellationToken cancellationToken
    )
    {
        await using var command = CommandFor(
            """
            with mine as (
                select l.key from jobserver.lookups l
                where l.key = any (@keys) and l.tenant = @tenant and l.claimed_by = @claimant
                order by l.key
                for update
            )
            update jobserver.lookups l
            set claimed_by = null, claimed_until = null, answered_at = now(), expires_at = now() + @cache_for,
                value = a.value, error_code = a.code, error_detail = a.detail, error_host = a.host
            from mine
            join unnest(@keys, @values, @codes, @details, @hosts) as a (key, value, code, detail, host) using (key)
            where l.key = mine.key and l.tenant = @tenant
            """,
            terms.Tenant,
            [.. answered.Select(lookup => lookup.Key)]
        );
        command
            .Parameters.With("claimant", claimant.Id)
            .With("cache_for", terms.CacheFor)
            .With("values", NpgsqlDbType.Array | NpgsqlDbType.Bytea, Column(end => end.Value))
            .With("codes", NpgsqlDbType.Array | NpgsqlDbType.Text, Column(end => end.ErrorCode))
            .With("details", NpgsqlDbType.Array | NpgsqlDbType.Text, Column(end => end.ErrorDetail))
            .With("hosts", NpgsqlDbType.Array | NpgsqlDbType.Text, Column(end => end.ErrorHost));
        return await command.ExecuteNonQueryAsync(cancellationToken);

        T[] Column<T>(Func<LookupEnd, T> of) => [.. answered.Select(lookup => of(lookup.End))];
    }

    /// <summary>
    /// Deletes rows whose time is over, oldest first: answers that no unfinished job is old enough to use, and claims
    /// that lapsed an hour ago. Looks at so many at most; returns how many went.
    /// </summary>
    /// <remarks>
    /// What a long job keeps from going stands first in line. It holds up none but answers from before that job: those
    /// given since are kept for it just the same.
    /// </remarks>
    public async Task<int> ExpireAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            with oldest as materialized (
                select key, tenant from jobserver.lookups
                where expires_at <= now()
                order by expires_at
                limit @count
            ), unused as (
                select l.key, l.tenant from jobserver.lookups l
                join oldest using (key, tenant)
                where l.expires_at <= now() and coalesce(l.claimed_until, '-infinity') <= now() - {ClaimKept}
                    and not exists (
                        select from jobserver.jobs j
                        where j.finished_at is null and j.created_at <= l.answered_at
                    )
                for update of l skip locked
            )
            delete from jobserver.lookups l using unused where l.key = unused.key and l.tenant = unused.tenant
            """
        );
        command.Parameters.With("count", ExpireAtOnce);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<int> ChangeClaimsAsync(
        string change,
        string tenant,
        LookupClaimant claimant,
        IReadOnlyCollection<LookupKey> keys,
        CancellationToken cancellationToken
    )
    {
        await using var command = CommandFor(
            $"""
            with mine as (
                select l.key from jobserver.lookups l
                where l.key = any (@keys) and l.tenant = @tenant and l.claimed_by = @claimant
                order by l.key
                for update
            )
            update jobserver.lookups l set {change}
            from mine
            where l.key = mine.key and l.tenant = @tenant
            """,
            tenant,
            keys
        );
        command.Parameters.With("claimant", claimant.Id);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand CommandFor(string sql, string tenant, IReadOnlyCollection<LookupKey> keys)
    {
        var command = database.CreateCommand(sql);
        command
            .Parameters.With("tenant", tenant)
            .With("keys", NpgsqlDbType.Array | NpgsqlDbType.Bytea, keys.Select(key => key.ToBytes()).ToArray());
        return command;
    }

    private static LookupEnd ReadEnd(NpgsqlDataReader row) =>
        new(
            row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2),
            row.TextOrNull(3),
            row.TextOrNull(4),
            row.TextOrNull(5)
        );
}

/// <summary>Parameters of statements that look for what may be used or claimed.</summary>
file static class LookupParameters
{
    public static void WithTerms(
        this NpgsqlParameterCollection parameters,
        LookupTerms terms,
        LookupClaimant claimant
    ) =>
        parameters
            .With("since", terms.Since)
            .With("cache_for", terms.CacheFor)
            .With("first_claimant", claimant.First)
            .With("claimant", claimant.Id);
}
