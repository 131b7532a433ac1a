using JobServer.Jobs;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Diagnostics;

namespace JobServer.Hosting;

/// <summary>Turns what escapes an endpoint into problems: nothing a client sends ends as a 500 or an empty body.</summary>
internal static class ProblemSetup
{
    public static void AddProblems(this IServiceCollection services)
    {
        // Before the framework's own: the first that can write does.
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<Translator>();
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }

    private sealed class Translator : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(
            HttpContext http,
            Exception exception,
            CancellationToken cancellationToken
        )
        {
            var problem = exception switch
            {
                RequestTooLargeException tooLarge => Problems.TooLarge(tooLarge.MaxBytes, tooLarge.Hint),
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.TooLarge(
                    SubmissionLimits.Default.MaxBodyBytes
                ),
                BadHttpRequestException bad => TypedResults.Problem(
                    title: "The request could not be read.",
                    statusCode: bad.StatusCode
                ),
                NewerJobException newer => Problems.NewerJob(newer.Message),
                _ when DatabaseFaults.IsPassing(exception) => Problems.DatabaseAway(),
                _ => null,
            };
            if (problem is null)
                return false;
            await problem.ExecuteAsync(http);
            return true;
        }
    }
}
