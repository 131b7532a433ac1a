using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Statistics;

namespace JobServer.Tests.Jobs.Benchmark.Statistics;

public sealed class ExplanationTests
{
    [Theory]
    [InlineData(20.31, 19.84, 20.9, "20.3 times as fast as base (19.8 to 20.9).")]
    [InlineData(1.12, 1.094, 1.151, "12 % faster than base (9.4 % to 15 %).")]
    [InlineData(1 / 1.12, 1 / 1.151, 1 / 1.094, "Takes 12 % longer than base (9.4 % to 15 %).")]
    [InlineData(1 / 20.31, 1 / 20.9, 1 / 19.84, "Takes 20.3 times as long as base (19.8 to 20.9).")]
    [InlineData(1.005, 0.99, 1.02, "Between 1 % slower and 2 % faster than base: within the tolerance of 5 %.")]
    [InlineData(1.02, 1.01, 1.03, "Between 1 % and 3 % faster than base: within the tolerance of 5 %.")]
    [InlineData(
        0.95,
        1 / 1.08,
        1 / 1.03,
        "Takes between 3 % and 8 % longer than base: more rounds would tell whether that is more than 5 %."
    )]
    [InlineData(
        1.1,
        1.04,
        1.2,
        "Between 4 % and 20 % faster than base: more rounds would tell whether that is more than 5 %."
    )]
    [InlineData(
        0.95,
        1 / 1.08,
        1.2,
        "Between 8 % slower and 20 % faster than base: more rounds would tell whether that is more than 5 %."
    )]
    [InlineData(
        1,
        0.4,
        3,
        "Between 0.4 and 3 times as fast as base: more rounds would tell whether that is more than 5 %."
    )]
    public void A_verdict_is_said_with_its_figures(double value, double low, double high, string expected) =>
        Assert.Equal(expected, Explanation.Of(new RatioReport(value, low, high, 20), "base", 5));

    /// <summary>Else what is 17 % slower would be beyond a tolerance of 20 %, for 1 / 1.2 is 0.83.</summary>
    [Fact]
    public void Slower_is_measured_like_the_tolerance()
    {
        var ratio = new RatioReport(0.829, 0.825, 0.832, 20);

        Assert.Equal("slower", Verdict.Of(ratio, 20));
        Assert.Equal("Takes 21 % longer than base (20 % to 21 %).", Explanation.Of(ratio, "base", 20));
    }

    [Fact]
    public void What_was_compared_is_said_first_where_it_is_not_plain() =>
        Assert.Equal(
            "By p95 latency: takes 12 % longer than base (9 % to 15 %).",
            Explanation.Of(new RatioReport(1 / 1.12, 1 / 1.15, 1 / 1.09, 20), "base", 5, "p95 latency")
        );

    [Theory]
    [InlineData(0, "No pair of rounds counts; 6 is the fewest that can tell.")]
    [InlineData(1, "1 pair of rounds counts; 6 is the fewest that can tell.")]
    [InlineData(4, "4 pairs of rounds count; 6 is the fewest that can tell.")]
    public void Too_few_are_counted(int count, string expected) =>
        Assert.Equal(expected, Explanation.TooFew(count, "pair of rounds", "pairs of rounds"));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(12345.6, "12346")]
    [InlineData(0.0012345, "0.00123")]
    [InlineData(1.0001, "1")]
    [InlineData(99.96, "100")]
    public void Numbers_have_three_digits(double value, string expected) =>
        Assert.Equal(expected, Explanation.Number(value));
}
