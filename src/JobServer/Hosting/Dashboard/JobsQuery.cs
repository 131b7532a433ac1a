using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Extensions;

namespace JobServer.Hosting.Dashboard;

/// <summary>Which jobs a visitor wants to see, as the page's address says. What makes no sense is left out.</summary>
/// <param name="Before">The last job of the page before this one.</param>
internal sealed record JobsQuery(JobState? State, string? Kind, string? Tag, Guid? Before)
{
    public const int PageSize = 50;

    public bool HasFilter => State is not null || Kind is not null || Tag is not null;

    public static JobsQuery Read(IQueryCollection query) =>
        new(
            JobStates.TryParse(query["state"].ToString(), out var state) ? state : null,
            Text(query["kind"]),
            Text(query["tag"]),
            Guid.TryParse(query["before"], out var before) ? before : null
        );

    /// <summary>With its question mark; empty when nothing is asked for.</summary>
    public string ToQueryString()
    {
        var query = new QueryBuilder();
        if (State is { } state)
            query.Add("state", state.ToText());
        if (Kind is not null)
            query.Add("kind", Kind);
        if (Tag is not null)
            query.Add("tag", Tag);
        if (Before is { } before)
            query.Add("before", before.ToString());
        return query.ToString();
    }

    // PostgreSQL takes no NUL in text.
    private static string? Text(string? value) => string.IsNullOrEmpty(value) || value.Contains('\0') ? null : value;
}
