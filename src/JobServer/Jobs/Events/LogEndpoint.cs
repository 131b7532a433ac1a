using System.Globalization;
using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Jobs.Events;

/// <summary>A page of a job's log, oldest first.</summary>
/// <param name="NextCursor">As <c>after</c>, asks for the page after this one; null on the last.</param>
internal sealed record LogPage(IReadOnlyList<LogEntry> Data, string? NextCursor);

/// <summary>What happened to a job.</summary>
internal static class LogEndpoint
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;

    public static async Task<IResult> GetAsync(
        Guid id,
        Caller caller,
        string? limit,
        string? after,
        JobStore jobs,
        LogStore log,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var count = PageQuery.Number("limit", limit, DefaultLimit, MaxLimit, faults);
        var last = 0L;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out last))
            faults.Add("after", "must be the nextCursor of an earlier page, or the no of an entry");
        if (faults.Any)
            return Problems.Invalid(faults);

        var key = caller.Job(id);
        var entries = await log.ReadAsync(key, last, count + 1, cancellationToken);
        if (entries.Count == 0 && await jobs.FindAsync(key, cancellationToken) is null)
            return Problems.NoSuchJob(id);
        var data = entries.Take(count).ToList();
        return TypedResults.Ok(
            new LogPage(data, entries.Count > count ? data[^1].No.ToString(CultureInfo.InvariantCulture) : null)
        );
    }
}
