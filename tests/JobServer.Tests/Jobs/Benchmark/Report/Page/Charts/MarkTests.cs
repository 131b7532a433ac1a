using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page.Charts;

public sealed class MarkTests
{
    [Fact]
    public void Twenty_contenders_differ_and_the_next_ones_in_both_colour_and_shape()
    {
        Mark[] marks = [Mark.Baseline, .. Enumerable.Range(0, 19).Select(Mark.Of)];

        Assert.Equal(20, marks.Distinct().Count());
        Assert.All(
            marks.Skip(1).Zip(marks.Skip(2)),
            pair => Assert.True(pair.First.Colour != pair.Second.Colour && pair.First.Shape != pair.Second.Shape)
        );
    }

    [Fact]
    public void Every_shape_has_an_outline_of_its_own() =>
        Assert.Equal(6, Enumerable.Range(0, 6).Select(index => Mark.Of(index).At(10, 10, 8)).Distinct().Count());

    [Theory]
    [InlineData(12.34, "12.3")]
    [InlineData(-0.04, "0")]
    [InlineData(7, "7")]
    public void Pixels_are_cut_to_a_tenth(double pixels, string expected) => Assert.Equal(expected, Px.Of(pixels));
}
