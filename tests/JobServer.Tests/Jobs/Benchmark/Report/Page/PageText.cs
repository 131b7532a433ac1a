using System.Text.RegularExpressions;
using System.Xml.Linq;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Report.Page;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JobServer.Tests.Jobs.Benchmark.Report.Page;

/// <summary>The page of a report as a browser would get it.</summary>
internal static partial class PageText
{
    public const string Origin = "http://jobs.example";

    public static async Task<string> OfAsync(BenchmarkReport report)
    {
        await using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var content = ParameterView.FromDictionary(
            new Dictionary<string, object?> { [nameof(Fragment.Content)] = ReportPage.Of(report, Origin) }
        );
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<Fragment>(content)).ToHtmlString()
        );
    }

    /// <summary>But for its first line and elements that have no end, the page is well-formed XML; what is not fails here.</summary>
    public static async Task<XElement> ParsedAsync(BenchmarkReport report)
    {
        const string doctype = "<!DOCTYPE html>";
        var html = (await OfAsync(report)).Trim();
        Assert.StartsWith(doctype, html, StringComparison.Ordinal);
        return XElement.Parse(Void().Replace(html[doctype.Length..], "${tag}/>"), LoadOptions.PreserveWhitespace);
    }

    [GeneratedRegex("(?<tag><meta [^>]*[^/])>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Void();
}
