using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class RatiosTests
{
    private static readonly double[] Values = [1.1, 0.9, 1.3, 2.5, 1.0, 1.2, 0.7, 1.05];

    [Fact]
    public void Exchanging_the_two_gives_the_reciprocal()
    {
        var there = Ratios.Paired(Values)!;
        var back = Ratios.Paired([.. Values.Select(value => 1 / value)])!;

        Assert.Equal(1 / there.Value, back.Value, 12);
        Assert.Equal(1 / there.Low, back.High, 12);
        Assert.Equal(1 / there.High, back.Low, 12);
    }

    [Fact]
    public void A_ratio_lies_in_the_middle_of_those_of_its_pairs()
    {
        // Between 1.05 and 1.1, as a ratio.
        var ratio = Ratios.Paired(Values)!;

        Assert.Equal(Math.Sqrt(1.05 * 1.1), ratio.Value, 12);
        Assert.Equal(0.7, ratio.Low, 12);
        Assert.Equal(2.5, ratio.High, 12);
        Assert.Equal(8, ratio.Pairs);
    }

    [Fact]
    public void One_pair_is_its_own_interval_and_none_has_no_ratio()
    {
        var ratio = Ratios.Paired([2.0])!;

        Assert.Equal([2, 2, 2], new[] { ratio.Value, ratio.Low, ratio.High }.Select(value => Math.Round(value, 12)));
        Assert.Null(Ratios.Paired([]));
    }

    [Fact]
    public void Medians_that_were_taken_apart_have_an_interval_wider_than_either()
    {
        double[] slow = [100, 101, 99, 102, 98, 100, 101, 99];
        double[] fast = [.. slow.Select(value => value * 3)];

        var ratio = Ratios.Unpaired(fast, slow)!;
        var alone = Ratios.Paired(slow)!;

        Assert.Equal(3, ratio.Value, 9);
        // Intervals of the same relative width, put together at right angles.
        var reach = Math.Sqrt(2) * Math.Log(alone.High / alone.Low) / 2;
        Assert.Equal(2 * reach, Math.Log(ratio.High / ratio.Low), 3);
        Assert.Equal(8, ratio.Pairs);
    }

    [Fact]
    public void Each_bound_of_medians_taken_apart_is_made_of_the_bounds_that_face_each_other()
    {
        // Six values: bounds are the least and the greatest, as powers of e.
        double[] over = [.. new[] { 0.0, 1, 1, 1, 1, 3 }.Select(Math.Exp)];
        double[] under = [1, 1, 1, 1, 1, 1];

        var ratio = Ratios.Unpaired(over, under)!;

        Assert.Equal(1, Math.Log(ratio.Value), 9);
        Assert.Equal(0, Math.Log(ratio.Low), 9);
        Assert.Equal(3, Math.Log(ratio.High), 9);
        Assert.Equal(-3, Math.Log(Ratios.Unpaired(under, over)!.Low), 9);
    }

    [Fact]
    public void The_smaller_side_says_how_much_is_known()
    {
        Assert.Equal(3, Ratios.Unpaired([1, 2, 3], Values)!.Pairs);
        Assert.Equal(3, Ratios.Unpaired(Values, [1, 2, 3])!.Pairs);
        Assert.Null(Ratios.Unpaired([], Values));
        Assert.Null(Ratios.Unpaired(Values, []));
    }
}
