using JobServer.Access;
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
        Caller caller,
        string? state,
        string? formulas,
        HttpContext http,
        JobStore jobs,
        JobKinds kinds,
        ResultReader results,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        if (state is not null && !States.Contains(state))
            faults.Add("state", $"must be one of {string.Join(", ", States)}");
        if (formulas is not (null or "escape" or "keep"))
            faults.Add("formulas", "must be escape (the default) or keep");
        if (faults.Any)
            return Problems.Invalid(faults);

        if (ResultFormat.Negotiate(http.Request.GetTypedHeaders().Accept) is not { } format)
            return Problems.NotAcceptable(ResultFormat.All.Select(known => known.ContentType));
        if (await jobs.FindAsync(caller.Job(id), cancellationToken) is not { } job)
            return Problems.NoSuchJob(id);

        if (format == ResultFormat.Csv)
            format = CsvOf(job, kinds.Get(job.Kind), state, keepFormulas: formulas == "keep");
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

    /// <summary>
    /// In the columns of the kind where it has them: failed items alone as they came, ready to be mended and sent again;
    /// otherwise values, with the errors where a line may have one.
    /// </summary>
    private static ResultFormat CsvOf(Job job, IJobKind kind, string? state, bool keepFormulas)
    {
        if (kind is not IBatchKind batched)
            return new CsvFormat(keepFormulas);
        var (values, inputs) = batched.ColumnsOf(job);
        var withErrors =
            state == ResultLine.Failed || (state != ResultLine.Succeeded && job.State != JobState.Succeeded);
        return new RecordCsvFormat(state == ResultLine.Failed ? inputs : values, withErrors, keepFormulas);
    }
}
