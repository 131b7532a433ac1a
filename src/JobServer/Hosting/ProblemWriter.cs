using System.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;

namespace JobServer.Hosting;

/// <summary>
/// Writes every problem in one shape, those of the framework too: a type of ours and a trace id, whatever the client
/// accepts. The framework's own writer falls silent before a client that asked for CSV.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    private const string RetryAfterSeconds = "5";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var http = context.HttpContext;
        var problem = context.ProblemDetails;
        var status = problem.Status ??= http.Response.StatusCode;
        var reason = ReasonPhrases.GetReasonPhrase(status);
        problem.Title ??= reason;
        if (problem.Type?.StartsWith(Problems.TypePrefix, StringComparison.Ordinal) != true)
            problem.Type = Problems.TypePrefix + reason.ToLowerInvariant().Replace(' ', '-');
        // Whoever is turned away for now is told when to come back.
        if (
            status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable
            && http.Response.Headers.RetryAfter.Count == 0
        )
            http.Response.Headers.RetryAfter = RetryAfterSeconds;
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
        return new ValueTask(
            http.Response.WriteAsJsonAsync(problem, options: null, Problems.ContentType, http.RequestAborted)
        );
    }
}
