namespace JobServer.BatchedStorage.Claiming;

/// <summary>Statements of <see cref="Leases"/>. All times are the database's, so that no clock of a host matters.</summary>
internal sealed class LeaseSql(string schema)
{
    public string Begin { get; } =
        $"insert into {schema}.lease (name, renewed_at) values ($1, clock_timestamp()) returning owner";

    /// <summary>
    /// Whether the lease ($1) was still there. Also gives back what was claimed for it a while ago and never arrived ($2 did),
    /// as when the connection broke in the middle of a claim.
    /// </summary>
    public string Renew { get; } =
        $"""
            with renewed as (
                update {schema}.lease set renewed_at = clock_timestamp() where owner = $1 returning 1
            ), missed as (
                update {schema}.jobqueue set fetchedat = null, owner = null
                where owner = $1 and id <> all ($2) and fetchedat < now() - interval '30 seconds'
            )
            select exists (select from renewed)
            """;

    public string End { get; } =
        $"""
            with ended as (
                delete from {schema}.lease where owner = $1 returning owner
            )
            update {schema}.jobqueue q set fetchedat = null, owner = null
            from ended e where q.owner = e.owner and q.fetchedat is not null
            """;

    /// <summary>
    /// Ends leases that were not renewed for this time ($1). Rows without an owner were fetched by a server that knows of none,
    /// before this storage was installed.
    /// </summary>
    public string Sweep { get; } =
        $"""
            with ended as (
                delete from {schema}.lease where renewed_at < now() - $1 returning owner, name
            ), back as (
                update {schema}.jobqueue q set fetchedat = null, owner = null
                from ended e where q.owner = e.owner and q.fetchedat is not null
                returning q.queue, e.name
            ), counted as (
                insert into {schema}.counter (key, value)
                select 'stats:leases-expired', count(*) from back having count(*) > 0
            )
            select e.name, count(b.queue)::integer, coalesce(array_agg(distinct b.queue) filter (where b.queue is not null), '{"{}"}')
            from ended e left join back b on b.name = e.name
            group by e.name
            """;
}
