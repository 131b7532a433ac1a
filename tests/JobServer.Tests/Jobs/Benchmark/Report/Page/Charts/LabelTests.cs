using JobServer.Jobs.Benchmark.Report.Page.Charts;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page.Charts;

public sealed class LabelTests
{
    [Theory]
    [InlineData("io-async", 100, "io-async")]
    [InlineData("io-async-with-many-words-50", 100, "io-asy…rds-50")]
    [InlineData("日本語の名前です", 76, "日本…です")]
    [InlineData("🚀🚀🚀🚀🚀🚀", 76, "🚀🚀…🚀🚀")]
    public void Name_keeps_both_its_ends(string name, double width, string expected) =>
        Assert.Equal(expected, Label.Fit(name, width));
}
