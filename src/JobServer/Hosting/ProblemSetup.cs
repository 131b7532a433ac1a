using System.Transactions;
using JobServer.Jobs.Input;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>Turns what escapes an endpoint into problems: nothing a client sends ends as a 500 or an empty body.</summary>
internal static class ProblemSetup
{
    private const string RetryAfterSeconds = "5";

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
                RequestTooLargeException tooLarge => Problems.TooLarge(tooLarge.MaxBytes),
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.TooLarge(
                    SubmissionLimits.Default.MaxBodyBytes
                ),
                BadHttpRequestException bad => TypedResults.Problem(
                    title: "The request could not be read.",
                    statusCode: bad.StatusCode
                ),
                _ when IsDatabaseAway(exception) => Problems.DatabaseAway(),
                _ => null,
            };
            if (problem is null)
                return false;
            if (exception is not (RequestTooLargeException or BadHttpRequestException))
                http.Response.Headers.RetryAfter = RetryAfterSeconds;
            await problem.ExecuteAsync(http);
            return true;
        }

        // No login, no such database, an operator's intervention, a fault of its system: time or an operator mends these.
        private static readonly string[] AwayClasses = ["28", "3D", "57P", "58"];

        private static bool IsDatabaseAway(Exception? exception) =>
            exception switch
            {
                PostgresException refusal => refusal.IsTransient
                    || refusal.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction
                    || AwayClasses.Any(start => refusal.SqlState.StartsWith(start, StringComparison.Ordinal)),
                NpgsqlException => true,
                TransactionAbortedException or TransactionException => true,
                TimeoutException => true,
                null => false,
                _ => IsDatabaseAway(exception.InnerException),
            };
    }
}
