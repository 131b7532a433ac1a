using System.Text;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using JobServer.IntegrationTests.Fixtures;
using JobServer.Tests.Jobs.Benchmark.Report.Page;
using Microsoft.Playwright;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>The page of a report in a real browser.</summary>
public sealed partial class ReportPageTests(PageHost host) : IClassFixture<PageHost>
{
    private const int Wide = 1400;
    private const int Narrow = 400;

    public static TheoryData<string> Samples => [.. SampleReports.All.Keys];

    // Where our own words are, markup may take more room than they have.
    public static TheoryData<string> Legible => [.. SampleReports.All.Keys.Except([SampleReports.Poisoned])];

    [Fact]
    public async Task Page_comes_with_a_policy_that_lets_nothing_else_in()
    {
        await using var browser = await Browser.OpenAsync(host.UrlOf(SampleReports.Rich));

        var headers = browser.Response.Headers;
        Assert.Equal(200, browser.Response.Status);
        Assert.Equal("text/html; charset=utf-8", headers["content-type"]);
        Assert.StartsWith(
            "default-src 'none'; style-src 'sha256-",
            headers["content-security-policy"],
            StringComparison.Ordinal
        );
        Assert.Equal(("nosniff", "no-referrer"), (headers["x-content-type-options"], headers["referrer-policy"]));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Nothing_but_the_page_is_asked_for_and_nothing_is_complained_about(string sample)
    {
        var url = host.UrlOf(sample);

        await using var browser = await Browser.OpenAsync(url);

        Assert.Equal([url], browser.Requests);
        Assert.Empty(browser.Said);
        // The policy let the style in.
        Assert.Equal(
            "none",
            await browser.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('nav ul')).listStyleType")
        );
    }

    [Theory]
    [InlineData(ColorScheme.Light, Wide)]
    [InlineData(ColorScheme.Dark, Wide)]
    [InlineData(ColorScheme.Light, Narrow)]
    [InlineData(ColorScheme.Dark, Narrow)]
    public async Task Page_is_accessible(ColorScheme scheme, int width)
    {
        await using var browser = await Browser.OpenAsync(host.UrlOf(SampleReports.Rich), width, scheme);

        var result = await browser.Page.RunAxe();

        var grave = result
            .Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}");
        Assert.Empty(grave);
        Assert.Contains(result.Passes, pass => pass.Id == "color-contrast");
    }

    [Theory]
    [MemberData(nameof(Legible))]
    public async Task Page_is_never_wider_than_its_window_and_no_labels_of_charts_meet(string sample)
    {
        await using var browser = await Browser.OpenAsync(host.UrlOf(sample));
        foreach (var width in new[] { Wide, Narrow })
        {
            await browser.Page.SetViewportSizeAsync(width, 900);

            Assert.InRange(await ScrollWidthAsync(browser), 1, width);
            Assert.Empty(await browser.Page.EvaluateAsync<string[]>(Overlaps));
        }
    }

    [Fact]
    public async Task Dark_scheme_is_dark()
    {
        const string background = "getComputedStyle(document.documentElement).backgroundColor";
        await using var browser = await Browser.OpenAsync(host.UrlOf(SampleReports.Rich), scheme: ColorScheme.Dark);

        var dark = await browser.Page.EvaluateAsync<string>(background);
        await browser.Page.EmulateMediaAsync(new() { Media = Media.Print });
        var printed = await browser.Page.EvaluateAsync<string>(background);

        Assert.Equal(("rgb(21, 24, 28)", "rgb(255, 255, 255)"), (dark, printed));
    }

    [Fact]
    public async Task Something_is_drawn()
    {
        await using var browser = await Browser.OpenAsync(host.UrlOf(SampleReports.Rich));

        var drawn = await browser.Page.ScreenshotAsync();
        // What a page of this size takes with nothing on it.
        await browser.Page.EvaluateAsync("document.body.hidden = true");
        var blank = await browser.Page.ScreenshotAsync();

        Assert.True(drawn.Length > 4 * blank.Length, $"{drawn.Length} bytes, {blank.Length} for a blank page");
    }

    [Theory]
    [MemberData(nameof(Legible))]
    public async Task Page_prints_on_paper_without_cutting_anything_off(string sample)
    {
        // A4 within the margins of the style sheet, in pixels.
        const int paper = 687;
        await using var browser = await Browser.OpenAsync(host.UrlOf(sample), paper);

        await browser.Page.EmulateMediaAsync(new() { Media = Media.Print });
        var width = await ScrollWidthAsync(browser);
        var pdf = Encoding.Latin1.GetString(await browser.Page.PdfAsync(new() { Format = PaperFormat.A4 }));

        Assert.InRange(width, 1, paper);
        Assert.StartsWith("%PDF-", pdf, StringComparison.Ordinal);
        Assert.InRange(PdfPage().Count(pdf), 1, 40);
    }

    private static async Task<int> ScrollWidthAsync(Browser browser) =>
        await browser.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");

    // Pairs of texts in a chart that cover each other, and texts that leave their chart, beyond a pixel or two.
    private const string Overlaps = """
        () => [...document.querySelectorAll('figure svg')].filter(chart => chart.checkVisibility()).flatMap(chart => {
          const edge = chart.getBoundingClientRect();
          const texts = [...chart.querySelectorAll('text:not(.halo)')]
            .filter(text => text.textContent.trim())
            .map(text => ({ text: text.textContent, box: text.getBoundingClientRect() }));
          const outside = texts.filter(one => one.box.left < edge.left - 2 || one.box.right > edge.right + 2);
          const pairs = texts.flatMap((one, i) => texts.slice(i + 1).filter(other =>
            Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 1 &&
            Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) > 3)
            .map(other => `${one.text} | ${other.text}`));
          return [...outside.map(one => `outside: ${one.text}`), ...pairs];
        })
        """;

    [GeneratedRegex(@"/Type\s*/Page\b", RegexOptions.None, 1000)]
    private static partial Regex PdfPage();
}
