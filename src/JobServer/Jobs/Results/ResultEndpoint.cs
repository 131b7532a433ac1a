using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Jobs.Results;

/// <summary>Streams the results of a job.</summary>
internal static class ResultEndpoint
{
    private static readonly string[] States = [ResultLine.Succeeded, ResultLine.Failed, ResultLine.NotRun];

    public static async Task<IResult> GetAsync(
        Guid id,
        string? state,
        HttpContext http,
        JobStore jobs,
        ResultReader results,
        CancellationToken cancellationToken
    )
    {
        if (state is not null && !States.Contains(state))
        {
            var faults = new Faults();
            faults.Add("state", $"must be one of {string.Join(", ", States)}");
            return Problems.Invalid(faults);
        }

        if (ResultFormat.Negotiate(http.Request.GetTypedHeaders().Accept) is not { } format)
            return Problems.NotAcceptable(ResultFormat.All.Select(known => known.ContentType));
        if (await jobs.FindAsync(JobKey.Of(id), cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);

        http.Response.ContentType = format.ContentType;
        http.Response.Headers.Vary = "Accept";
        var output = http.Response.BodyWriter;
        format.Begin(output);
        var isFirst = true;
        await foreach (var page in results.ReadAsync(job, state, cancellationToken))
        {
            format.Write(page, output, isFirst);
            isFirst &= page.Count == 0;
            await output.FlushAsync(cancellationToken);
        }

        format.End(output);
        await output.FlushAsync(cancellationToken);
        return TypedResults.Empty;
    }
}
