using JobServer.Jobs.Benchmark.Report.Page;
using JobServer.Tests.Jobs.Benchmark.Report.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace JobServer.IntegrationTests.Jobs.Benchmark;

/// <summary>Serves made-up reports on loopback, each under its name in <see cref="SampleReports"/>.</summary>
public sealed class PageHost : IAsyncLifetime
{
    private WebApplication _app = null!;

    public string UrlOf(string sample) => $"{_app.Urls.First()}/{Uri.EscapeDataString(sample)}";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        ReportHtml.AddServices(builder.Services);
        _app = builder.Build();
        _app.MapGet(
            "/{sample}",
            IResult (string sample, HttpRequest request) =>
                SampleReports.All.TryGetValue(sample, out var report)
                    ? ReportHtml.Of(report(), $"{request.Scheme}://{request.Host}")
                    : TypedResults.NotFound()
        );
        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
