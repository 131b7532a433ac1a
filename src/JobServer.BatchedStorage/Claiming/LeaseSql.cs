namespace JobServer.BatchedStorage.Claiming;

/// <summary>Statements of <see cref="Leases"/>. All times are the database's, so that no clock of a host matters.</summary>
internal sealed class LeaseSql(string schema)
{
    public string Begin { get; } =
        $"insert into {schema}.lease (name, renewed_at) values ($1, clock_timestamp()) returning owner";

    /// <summary>
    /// Whether the lease ($1) was still there, and whether others were not renewed for this time ($4). Also gives back what
    /// was claimed for it a while ago ($3) and never arrived ($2 did), as when the connection broke in the middle of a claim.
    /// </summary>
    public string Renew { get; } =
        $"""
            with renewed as (
                update {schema}.lease set renewed_at = clock_timestamp() where owner = $1 returning 1
            ), missed as (
                update {schema}.jobqueue set fetchedat = null, owner = null
                where owner = $1 and fetchedat < now() - $3 and id = any (array(
                    select id from {schema}.jobqueue where owner = $1 and fetchedat < now() - $3
                    except
                    select unnest($2)
                ))
            )
            select exists (select from renewed), {AreOver(schema, "$4")}
            """;

    public string End { get; } =
        $"""
            with ended as (
                delete from {schema}.lease where owner = $1 returning owner
            )
            update {schema}.jobqueue q set fetchedat = null, owner = null
            from ended e where q.owner = e.owner and q.fetchedat is not null
            """;

    /// <summary>Whether there are leases that were not renewed for this time ($1).</summary>
    public string Look { get; } = $"select {AreOver(schema, "$1")}";

    /// <summary>
    /// Ends leases that were not renewed for this time ($1). In a transaction with <see cref="GiveBack"/>, which must see what
    /// was claimed until the last of them was locked here.
    /// </summary>
    public string Expire { get; } =
        $"""
            delete from {schema}.lease where owner in (
                select owner from {schema}.lease where renewed_at < now() - $1
                order by owner for update skip locked
            )
            returning owner, name
            """;

    /// <summary>Gives back and counts what this one ($1) held: the number of jobs, and their queues.</summary>
    public string GiveBack { get; } =
        $"""
            with back as (
                update {schema}.jobqueue set fetchedat = null, owner = null
                where owner = $1 and fetchedat is not null returning queue
            ), counted as (
                insert into {schema}.counter (key, value)
                select 'stats:leases-expired', count(*) from back having count(*) > 0
            )
            select count(*)::integer, coalesce(array_agg(distinct queue), '{"{}"}') from back
            """;

    private static string AreOver(string schema, string time) =>
        $"exists (select from {schema}.lease where renewed_at < now() - {time})";
}
