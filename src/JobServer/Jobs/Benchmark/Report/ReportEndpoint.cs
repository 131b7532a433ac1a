using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Jobs.Benchmark.Report;

/// <summary>What a benchmark job found.</summary>
internal static class ReportEndpoint
{
    private const string OtherJob = "compareWith";

    public static void MapReport(this RouteGroupBuilder jobs) =>
        jobs.MapGet("/{id:guid}/report", GetAsync)
            .WithName("GetReport")
            .WithTags("Benchmark")
            .WithSummary("What a benchmark job found, or has found so far")
            .WithDescription(
                "As JSON, or as a page for a browser. With compareWith={the id of another benchmark job} it also says how "
                    + "the strategies that both have did here beside there."
            )
            .Produces<BenchmarkReport>(
                StatusCodes.Status200OK,
                ReportFormat.All[0].ContentType,
                [.. ReportFormat.All.Skip(1).Select(format => format.ContentType)]
            )
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status406NotAcceptable)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static async Task<IResult> GetAsync(
        Guid id,
        Caller caller,
        string? compareWith,
        HttpContext http,
        JobStore jobs,
        ReportReader reports,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        Guid otherId = default;
        if (compareWith is not null && (!Guid.TryParse(compareWith, out otherId) || otherId == id))
            faults.Add(OtherJob, "must be the id of another job");
        if (faults.Any)
            return Problems.Invalid(faults);
        http.Response.Headers.Vary = "Accept";
        if (ReportFormat.Negotiate(http.Request.GetTypedHeaders().Accept) is not { } format)
            return Problems.NotAcceptable(ReportFormat.All.Select(known => known.ContentType));

        if (await jobs.FindAsync(caller.Job(id), cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);
        if (job.Kind != BenchmarkKind.KindName)
            return NoReport(job);
        Job? other = null;
        if (compareWith is not null)
        {
            other = await jobs.FindAsync(caller.Job(otherId), cancellationToken);
            if (other is null)
                return Problems.NoSuchJob(otherId);
            if (other.Kind != BenchmarkKind.KindName)
                faults.Add(OtherJob, $"must be the id of a benchmark job; this one is of kind {other.Kind}");
            if (faults.Any)
                return Problems.Invalid(faults);
        }

        if (await reports.ReadAsync(job, other, cancellationToken) is { } report)
            return format.Write(report, http.Request);
        return Problems.TooManyReports();
    }

    private static ProblemHttpResult NoReport(Job job) =>
        Problems.NotFound(
            "no-report",
            "The job has no report.",
            $"Only benchmark jobs have a report; this one is of kind {job.Kind}."
        );
}
