using JobServer.Hosting;
using JobServer.Jobs.Benchmark.Report.Page;
using Microsoft.Net.Http.Headers;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>How a report is written out.</summary>
internal sealed record ReportFormat(string ContentType, Func<BenchmarkReport, HttpRequest, IResult> Write)
{
    private static readonly ReportFormat Json = new("application/json", (report, _) => TypedResults.Ok(report));
    private static readonly ReportFormat Html = new(
        "text/html",
        (report, request) =>
            ReportHtml.Of(
                report,
                $"{request.Scheme}://{request.Host.ToUriComponent()}{request.PathBase.ToUriComponent()}"
            )
    );

    /// <summary>All formats, the default first.</summary>
    public static readonly IReadOnlyList<ReportFormat> All = [Json, Html];

    /// <summary>The format the request asks for; null when it accepts none of ours.</summary>
    public static ReportFormat? Negotiate(IList<MediaTypeHeaderValue> accept) =>
        MediaTypes.Choose(accept, All, format => format.ContentType);
}
