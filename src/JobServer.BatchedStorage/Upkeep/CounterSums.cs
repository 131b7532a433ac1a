using Hangfire.Server;

namespace JobServer.BatchedStorage.Upkeep;

/// <summary>
/// Sums up the rows of counters. What is deleted and what is added is one statement, and one process does it at a time, so
/// that nothing is lost or counted twice.
/// </summary>
internal sealed class CounterSums(StorageParts parts) : IBackgroundProcess
{
    private const int MaxRows = 50_000;

    private readonly string _sql = $"""
        with gone as (
            delete from {parts.Schema}.counter where id in (
                select id from {parts.Schema}.counter
                where pg_try_advisory_xact_lock(hashtextextended('{parts.Schema}:counter-sums', 0))
                order by id limit {MaxRows}
            )
            returning key, value, expireat
        ), added as (
            insert into {parts.Schema}.aggregatedcounter as a (key, value, expireat)
            select key, sum(value), max(expireat) from gone group by key
            on conflict (key) do update
                set value = a.value + excluded.value, expireat = greatest(a.expireat, excluded.expireat)
        )
        select count(*) from gone
        """;

    public void Execute(BackgroundProcessContext context)
    {
        while (!context.IsStopping && Sum() == MaxRows) { }
        context.Wait(parts.Options.CountersAggregateInterval);
    }

    /// <summary>Sums up some rows; returns how many.</summary>
    public long Sum()
    {
        using var command = parts.Database.CreateCommand(_sql);
        return (long)command.ExecuteScalar()!;
    }
}
