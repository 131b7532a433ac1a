using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Report.Page;
using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page.Charts;

public sealed class StripsTests
{
    [Fact]
    public void Rounds_that_count_are_filled_and_others_hollow()
    {
        var rounds = Rounds(100, 500, 98, 101);
        rounds[1] = rounds[1] with { LeftOut = "other queues were busy: fetch" };

        var strip = Assert.Single(StripsOf(rounds).All);

        Assert.Equal((3, 1), (strip.Filled.Count('M'), strip.Hollow.Count('M')));
        Assert.Equal(100, strip.Deviations.Median);
    }

    [Fact]
    public void A_wild_round_stands_at_the_edge_with_arrow_and_figure()
    {
        var rounds = Rounds(100, 101, 99, 100);
        rounds[2] = rounds[2] with { Throughput = 1, IsOutlier = true };

        var strips = StripsOf(rounds);

        var strip = Assert.Single(strips.All);
        Assert.InRange(strips.Scale.Low, 0.8, 1);
        Assert.Equal((1, 1), (strip.Rings.Count('M'), strip.Arrows.Count('M')));
        Assert.Equal("1.00/s", strip.Farthest?.Text);
    }

    [Fact]
    public void A_round_that_came_to_nothing_is_crossed_out()
    {
        var rounds = Rounds(100, 0, 100);
        rounds[1] = rounds[1] with { LeftOut = "http_500" };

        var strip = Assert.Single(StripsOf(rounds).All);

        Assert.Equal((2, ""), (strip.Filled.Count('M'), strip.Hollow));
        Assert.Equal(2, strip.Crosses.Count('l'));
    }

    [Fact]
    public void Another_run_is_marked_where_it_took_over_and_breaks_the_line()
    {
        var rounds = Rounds(100, 100, 100, 100);
        rounds[2] = rounds[2] with { Run = "b" };
        rounds[3] = rounds[3] with { Run = "b" };

        var strips = StripsOf(rounds);

        Assert.Equal("run 2, 00:00 UTC", Assert.Single(strips.RunStarts).Name);
        Assert.Equal(2, Assert.Single(strips.All).Trace.Count('M'));
    }

    [Theory]
    [InlineData(1.123, "+12\u00A0%")]
    [InlineData(0.965, "−3.5\u00A0%")]
    [InlineData(3.21, "3.21×")]
    [InlineData(0.25, "0.25×")]
    public void Ends_of_the_axis_are_named_short(double factor, string name) =>
        Assert.Equal(name, StripScale.Name(factor));

    private static RoundReport[] Rounds(params double[] throughputs) =>
        [
            .. throughputs.Select(
                (throughput, i) =>
                    new RoundReport(
                        i,
                        i,
                        "one",
                        "a",
                        DateTimeOffset.UnixEpoch,
                        1,
                        throughput,
                        null,
                        null,
                        0,
                        false,
                        null
                    )
            ),
        ];

    private static Strips StripsOf(RoundReport[] rounds)
    {
        var sample = new SampleReport { Rounds = 1 };
        sample.Add("cpu", 1, new SampleContender("one", "cpu-sequential", 1));
        var report = sample.Make() with { Rounds = rounds, Runs = [Run("a"), Run("b")] };
        return Strips.Of(FamilyView.Of(report, report.Families[0], 0), StripLayout.Wide);
    }

    private static ReportedRun Run(string name) => new(name, DateTimeOffset.UnixEpoch, 1, null);
}
