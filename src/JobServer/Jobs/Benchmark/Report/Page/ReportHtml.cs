using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>The report as a page that needs nothing but itself: no script, no request, its style inside.</summary>
internal sealed class ReportHtml : IResult
{
    private readonly RazorComponentResult<Fragment> _page;

    private ReportHtml(RazorComponentResult<Fragment> page) => _page = page;

    /// <summary>What pages need of the host.</summary>
    public static void AddServices(IServiceCollection services) => services.AddRazorComponents();

    /// <param name="origin">Where the API is reached, without a slash at the end; for the command that sends the request again.</param>
    public static ReportHtml Of(BenchmarkReport report, string origin) =>
        new(new RazorComponentResult<Fragment>(new { Content = ReportPage.Of(report, origin) }));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var headers = httpContext.Response.Headers;
        headers.ContentSecurityPolicy = Stylesheet.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return _page.ExecuteAsync(httpContext);
    }
}
