using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Benchmark.Report;
using JobServer.Jobs.Benchmark.Report.Page;
using JobServer.Jobs.Submissions;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Benchmark;

/// <summary>The kind <c>benchmark</c>: what it registers, where it is submitted, and where its report is.</summary>
internal static class BenchmarkModule
{
    public static IServiceCollection AddBenchmarkJobs(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection(BenchmarkOptions.Section);
        services
            .AddOptions<BenchmarkOptions>()
            .Bind(section)
            .Configure(options =>
                options.AllowedHosts = section.ListOf(nameof(options.AllowedHosts)) ?? options.AllowedHosts
            )
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<BenchmarkOptions>, BenchmarkOptionsValidator>();
        services.AddSingleton<BenchmarkHosts>();
        services.AddSingleton<ReportReader>();
        ReportHtml.AddServices(services);
        services.AddSingleton<BenchmarkServices>();
        services.AddSingleton<BenchmarkKind>();
        services.AddSingleton<IJobKind>(provider => provider.GetRequiredService<BenchmarkKind>());
        services.AddKeyedSingleton<IJobSubmission, BenchmarkSubmissions>(BenchmarkKind.KindName);
        services.AddKeyedSingleton<IJobRetry, BenchmarkRetry>(BenchmarkKind.KindName);
        return services;
    }

    public static void MapBenchmarkJobs(this RouteGroupBuilder jobs)
    {
        jobs.MapPost("/benchmark", SubmitAsync)
            .WithName("SubmitBenchmarkJob")
            .WithTags("Benchmark")
            .Needs(Scopes.Benchmark)
            .WithSummary("Compares ways to do the same work")
            .WithDescription(
                "Answers 202 once the job is stored. With Prefer: wait=SECONDS (60 at most) it answers 200 with the "
                    + "finished job if it ends in time. What it found is in its report."
            )
            .TakesSubmission<BenchmarkBody>();
        jobs.MapReport();
    }

    private static Task<IResult> SubmitAsync(HttpContext http, Caller caller, SubmissionEndpoint submissions) =>
        submissions.SubmitAsync(http, caller, BenchmarkKind.KindName);
}
