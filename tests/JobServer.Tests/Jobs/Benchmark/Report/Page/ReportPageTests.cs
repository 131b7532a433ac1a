using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

public sealed partial class ReportPageTests
{
    public static TheoryData<string> Samples => [.. SampleReports.All.Keys];

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Page_needs_nothing_but_itself(string sample)
    {
        var page = await PageText.ParsedAsync(SampleReports.All[sample]());

        string[] loading =
        [
            "script",
            "link",
            "img",
            "image",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "use",
            "foreignObject",
        ];
        Assert.DoesNotContain(page.Descendants(), element => loading.Contains(element.Name.LocalName));
        Assert.All(
            page.Descendants().Attributes(),
            attribute =>
            {
                var name = attribute.Name.LocalName;
                Assert.False(
                    name is "src" or "style" or "srcset" || name.StartsWith("on", StringComparison.OrdinalIgnoreCase),
                    name
                );
                Assert.False(name == "href" && !attribute.Value.StartsWith('#'), attribute.Value);
                Assert.DoesNotContain("url(", attribute.Value, StringComparison.OrdinalIgnoreCase);
            }
        );
        var style = Assert.Single(page.Descendants("style")).Value;
        Assert.DoesNotContain("url(", style, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", style, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Names_headings_and_charts_hang_together(string sample)
    {
        var page = await PageText.ParsedAsync(SampleReports.All[sample]());

        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Distinct(), ids);
        var named = page.Descendants()
            .Attributes()
            .Where(one => one.Name.LocalName is "aria-labelledby" or "aria-describedby");
        var linked = page.Descendants("a").Attributes("href").Select(href => href.Value[1..]);
        Assert.Empty(named.Select(one => one.Value).Concat(linked).Except(ids));
        int[] levels =
        [
            .. page.Descendants()
                .Select(element => Heading().Match(element.Name.LocalName))
                .Where(match => match.Success)
                .Select(match => int.Parse(match.Groups["level"].Value)),
        ];
        Assert.Equal(1, levels[0]);
        Assert.All(levels.Zip(levels.Skip(1)), two => Assert.InRange(two.Second, 2, two.First + 1));
        Assert.All(
            page.Descendants("figure").Elements("svg"),
            chart =>
            {
                Assert.Equal("img", chart.Attribute("role")?.Value);
                Assert.NotEmpty(chart.Element("title")!.Value);
                Assert.NotEmpty(chart.Element("desc")!.Value);
            }
        );
        Assert.All(page.Descendants("table"), table => Assert.Equal("0", table.Parent!.Attribute("tabindex")?.Value));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task No_figure_is_without_a_number(string sample)
    {
        var page = await PageText.ParsedAsync(SampleReports.All[sample]());

        Assert.All(
            page.Descendants("svg").DescendantsAndSelf().Attributes(),
            attribute => Assert.DoesNotMatch("NaN|∞|Infinity", attribute.Value)
        );
        Assert.All(page.Descendants("td"), cell => Assert.DoesNotMatch("NaN|∞|Infinity", cell.Value));
    }

    [Fact]
    public async Task Text_of_clients_stays_text()
    {
        var report = Hostile.Of(SampleReports.All[SampleReports.Rich]());

        var page = await PageText.ParsedAsync(report);

        var text = page.Element("body")!.Value;
        string[] expected =
        [
            report.Job.State,
            report.Job.Tags[0],
            report.Families[0].Name,
            report.Families[0].Strategies[1].Name,
            report.Families[0].Strategies[1].Explanation,
            report.Families[0].Strategies[1].Verdict,
            report.Thresholds[0].Metric,
            report.Thresholds[0].Strategy,
            report.Notes[0],
            report.Isolation.Busy[0],
            report.Comparison!.Notes[0],
            report.Comparison.With.Tags[0],
            report.Comparison.Strategies[0].Explanation,
            report.Runs[0].Run,
            report.Environment!.Cpu!,
        ];
        Assert.All(expected, one => Assert.Contains(one, text, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", await PageText.OfAsync(report), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Same_report_makes_the_same_page() =>
        Assert.Equal(
            await PageText.OfAsync(SampleReports.All[SampleReports.Rich]()),
            await PageText.OfAsync(SampleReports.All[SampleReports.Rich]())
        );

    [Fact]
    public async Task Every_contender_has_its_figures_in_tables()
    {
        var report = SampleReports.All[SampleReports.Rich]();

        var page = await PageText.ParsedAsync(report);

        foreach (var strategy in report.Families[0].Strategies)
        {
            var rows = page.Descendants("tr").Where(row => row.Element("th")?.Value.Trim() == strategy.Name).ToArray();
            var cells = string.Join('|', rows.SelectMany(row => row.Elements("td")).Select(cell => cell.Value.Trim()));
            Assert.Contains(strategy.Verdict, cells, StringComparison.Ordinal);
            Assert.Contains(
                JobServer.Jobs.Benchmark.Report.Page.Figures.Seconds(strategy.Latency!.P999),
                cells,
                StringComparison.Ordinal
            );
            Assert.Contains(
                JobServer.Jobs.Benchmark.Report.Page.Figures.Seconds(strategy.Wall!.P90),
                cells,
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("nothing yet", "Not measured yet.")]
    [InlineData("nothing yet", "No round has been recorded yet.")]
    [InlineData("nothing yet", "Known from the first round on.")]
    [InlineData("one round", "So far:")]
    [InlineData("one contender", "One contender; there is nothing to compare it with.")]
    [InlineData("all failed", "None of the recorded rounds counts (20 × failed: http_500).")]
    [InlineData("all failed", "No latency was recorded.")]
    [InlineData("all failed", "20 rounds came to nothing (20 × failed: http_500).")]
    [InlineData("all failed", "20 rounds: 0 outliers, 20 left out.")]
    [InlineData("all equal", "In practice none of them differs from io-sequential.")]
    [InlineData("2000 times", "times as fast, log scale")]
    public async Task Page_says_what_is_special(string sample, string sentence) =>
        Assert.Contains(
            sentence,
            Spaces().Replace((await PageText.ParsedAsync(SampleReports.All[sample]())).Value, " "),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task Request_is_ready_to_be_sent_again()
    {
        var page = await PageText.ParsedAsync(SampleReports.All[SampleReports.Rich]());

        var command = Assert.Single(page.Descendants("pre")).Value;

        Assert.StartsWith($"curl {PageText.Origin}/v1/jobs/benchmark \\\n", command, StringComparison.Ordinal);
        Assert.Contains("\n  \"tolerancePercent\": 5,\n", command, StringComparison.Ordinal);
        Assert.EndsWith("\n}\nJSON", command, StringComparison.Ordinal);
    }

    [GeneratedRegex("^h(?<level>[1-6])$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Spaces();
}
