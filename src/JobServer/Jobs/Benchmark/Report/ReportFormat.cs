using JobServer.Hosting;
using Microsoft.Net.Http.Headers;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>How a report is written out.</summary>
internal sealed record ReportFormat(string ContentType, Func<BenchmarkReport, IResult> Write)
{
    private static readonly ReportFormat Json = new("application/json", report => TypedResults.Ok(report));

    /// <summary>All formats, the default first.</summary>
    public static readonly IReadOnlyList<ReportFormat> All = [Json];

    /// <summary>The format the request asks for; null when it accepts none of ours.</summary>
    public static ReportFormat? Negotiate(IList<MediaTypeHeaderValue> accept) =>
        MediaTypes.Choose(accept, All, format => format.ContentType);
}
