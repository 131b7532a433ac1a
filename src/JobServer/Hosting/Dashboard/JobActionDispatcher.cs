using Hangfire.Dashboard;
using JobServer.Access;

namespace JobServer.Hosting.Dashboard;

/// <summary>
/// Does one thing to one job and answers in plain text. Hangfire has checked the visitor and the antiforgery token
/// before.
/// </summary>
internal sealed class JobActionDispatcher(
    Func<Guid, Caller, IServiceProvider, CancellationToken, Task<ActionAnswer>> action
) : IDashboardDispatcher
{
    public async Task Dispatch(DashboardContext context)
    {
        var http = context.GetHttpContext();
        var answer =
            !HttpMethods.IsPost(http.Request.Method)
                ? new ActionAnswer(StatusCodes.Status405MethodNotAllowed, "Only a POST does this.")
            : DashboardAccess.RightsOf(http) < VisitorRights.Act
                ? new ActionAnswer(StatusCodes.Status403Forbidden, "You may look, and not act.")
            : Guid.TryParse(context.UriMatch.Groups["id"].Value, out var id)
                ? await action(id, Caller.Of(http)!, http.RequestServices, http.RequestAborted)
            : new ActionAnswer(StatusCodes.Status404NotFound, "There is no such job.");
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(answer.Text, http.RequestAborted);
    }
}
