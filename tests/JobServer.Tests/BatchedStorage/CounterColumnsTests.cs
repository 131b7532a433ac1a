using JobServer.BatchedStorage.Writing;

namespace JobServer.Tests.BatchedStorage;

public sealed class CounterColumnsTests
{
    [Fact]
    public void Counters_of_many_units_are_one_row_for_each_key_and_time_to_live()
    {
        var columns = new CounterColumns();
        for (var unit = 0; unit < 5; unit++)
        {
            columns.Add(new CounterRow("a", +1, ExpireIn: null));
            columns.Add(new CounterRow("a", +1, TimeSpan.FromSeconds(9)));
            columns.Add(new CounterRow("b", -1, ExpireIn: null));
        }

        Assert.Equal(["a", "a", "b"], Column<string>(columns, 0));
        Assert.Equal([5L, 5L, -5L], Column<long>(columns, 1));
        Assert.Equal([null, 9.0, null], Column<double?>(columns, 2));
    }

    [Fact]
    public void Nothing_is_left_for_the_next_flush()
    {
        var columns = new CounterColumns();
        columns.Add(new CounterRow("a", +1, ExpireIn: null));
        columns.Clear();
        columns.Add(new CounterRow("a", +1, ExpireIn: null));

        Assert.Equal([1L], Column<long>(columns, 1));
    }

    private static List<T> Column<T>(Columns columns, int at) => Assert.IsType<List<T>>(columns.Parameters[at].Value);
}
