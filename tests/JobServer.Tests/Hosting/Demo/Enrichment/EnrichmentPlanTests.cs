using System.Text;
using JobServer.Hosting.Demo.Enrichment;

namespace JobServer.Tests.Hosting.Demo.Enrichment;

public sealed class EnrichmentPlanTests
{
    private static readonly EnrichmentPlan Plan = new(new Uri("http://127.0.0.1:4000/"), "run");

    [Fact]
    public void Its_file_begins_with_a_byte_order_mark_and_ends_within_its_last_row()
    {
        Assert.Equal([0xEF, 0xBB, 0xBF], Plan.Csv[..3]);
        Assert.EndsWith($"\r\n{Plan.Rows[^1].Csv}", Encoding.UTF8.GetString(Plan.Csv));
    }

    [Fact]
    public void Every_row_is_named_by_its_number() =>
        Assert.Equal(Enumerable.Range(1, Plan.Rows.Count).Select(n => $"{n}"), Plan.Rows.Select(row => row.Cells[0]));

    [Fact]
    public void Rows_with_cells_for_all_columns_are_those_that_are_looked_up()
    {
        var whole = Plan.Rows.Where(row => row.ErrorCode != "ragged_row").ToList();

        Assert.All(whole, row => Assert.Equal(EnrichmentPlan.Columns.Length, row.Cells.Length));
        Assert.All(whole, row => Assert.Contains($"/people/{row.Email}", Plan.Lookups));
        Assert.True(Plan.Lookups.Count() < whole.Count, "No address is shared.");
    }

    [Fact]
    public void Scores_are_fnv_1a_of_the_address_modulo_100() =>
        Assert.All(
            Plan.Rows.Where(row => row.Added is not null),
            row => Assert.Equal((int)(Hash(row.Email!) % 100), row.Added!.Score)
        );

    [Fact]
    public void The_hash_of_these_tests_is_fnv_1a() => Assert.Equal(0xaf63dc4c8601ec8c, Hash("a"));

    private static ulong Hash(string text) =>
        Encoding
            .UTF8.GetBytes(text)
            .Aggregate(0xcbf29ce484222325, (hash, octet) => unchecked((hash ^ octet) * 0x100000001b3));
}
