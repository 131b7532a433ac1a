using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page.Charts;

public sealed class SpreadTests
{
    [Fact]
    public void Labels_with_room_stay_where_they_want_to_be() =>
        Assert.Equal([80, 10, 40], Spread.Apart([80, 10, 40], 18, 0, 100));

    [Fact]
    public void Labels_that_meet_move_apart_around_their_middle() =>
        Assert.Equal([41, 59], Spread.Apart([50, 50], 18, 0, 100));

    [Fact]
    public void None_leaves_the_chart() => Assert.Equal([64, 82, 100], Spread.Apart([98, 99, 100], 18, 0, 100));

    [Fact]
    public void Too_many_share_the_room_evenly() =>
        Assert.Equal([0, 25, 50, 75, 100], Spread.Apart([3, 3, 3, 3, 3], 40, 0, 100));

    [Fact]
    public void Any_labels_keep_order_gap_and_bounds()
    {
        const int seed = 11;
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            double[] wanted = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.NextDouble() * 400)];

            var places = Spread.Apart(wanted, 18, 0, 400);

            var pairs = wanted.Zip(places).OrderBy(pair => pair.First).ToArray();
            Assert.All(places, place => Assert.InRange(place, -1e-9, 400 + 1e-9));
            Assert.All(
                pairs.Zip(pairs.Skip(1)),
                two => Assert.True(two.Second.Second - two.First.Second >= 18 - 1e-9, $"seed {seed}, round {round}")
            );
        }
    }

    [Fact]
    public void Nothing_to_place_is_no_trouble() => Assert.Empty(Spread.Apart([], 18, 0, 100));
}
