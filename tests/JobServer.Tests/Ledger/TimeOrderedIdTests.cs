using System.Collections.Concurrent;
using JobServer.Ledger;

namespace JobServer.Tests.Ledger;

public sealed class TimeOrderedIdTests
{
    [Fact]
    public void Ids_made_in_a_row_grow_in_the_order_of_the_database_even_within_a_millisecond()
    {
        var ids = Enumerable.Range(0, 20_000).Select(_ => TimeOrderedId.Next()).ToList();

        // PostgreSQL compares the bytes of a uuid in the order of its text.
        Assert.Equal(ids.OrderBy(id => id.ToString("N"), StringComparer.Ordinal), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Ids_made_at_once_differ_also_in_what_orders_them()
    {
        var made = new ConcurrentBag<string>();

        Parallel.For(0, 20_000, _ => made.Add(TimeOrderedId.Next().ToString("N")[..16]));

        Assert.Equal(20_000, made.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void An_id_is_of_version_7_and_tells_its_time()
    {
        var before = TimeProvider.System.GetUtcNow();

        var id = TimeOrderedId.Next();

        Assert.Equal(7, id.Version);
        Assert.Equal(8, id.Variant & 0xC);
        var made = DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(id.ToString("N")[..12], 16));
        Assert.InRange(made, before.AddMilliseconds(-1), before.AddSeconds(10));
    }
}
