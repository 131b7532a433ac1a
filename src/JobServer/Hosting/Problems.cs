using JobServer.Jobs.Input;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Hosting;

/// <summary>Every refusal of this server, as RFC 9457 problems with stable types.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";
    public const string TypePrefix = "urn:jobserver:problem:";

    /// <summary>400: what was sent cannot be used; every fault by its field.</summary>
    public static ProblemHttpResult Invalid(Faults faults) =>
        TypedResults.Problem(
            type: TypePrefix + "invalid-request",
            title: "The request is not valid.",
            detail: "See errors: each names a field and what it must be.",
            statusCode: StatusCodes.Status400BadRequest,
            extensions: [new("errors", faults.ToErrors())]
        );

    /// <summary>404: no such job (of this tenant).</summary>
    public static ProblemHttpResult NoSuchJob(Guid id) =>
        NotFound("unknown-job", "There is no such job.", $"No job has the id {id}.");

    public static ProblemHttpResult NotFound(string slug, string title, string detail) =>
        Of(StatusCodes.Status404NotFound, slug, title, detail);

    /// <summary>409: the job's state does not allow it.</summary>
    public static ProblemHttpResult WrongState(string detail) =>
        Of(StatusCodes.Status409Conflict, "wrong-state", "The job's state does not allow this.", detail);

    /// <summary>406: none of the media types asked for can be given.</summary>
    public static ProblemHttpResult NotAcceptable(IEnumerable<string> offered) =>
        Of(
            StatusCodes.Status406NotAcceptable,
            "not-acceptable",
            "None of the media types asked for can be given.",
            $"Accept one of: {string.Join(", ", offered)}."
        );

    /// <summary>413: the body is longer than this endpoint takes.</summary>
    /// <param name="hint">Another way that takes more, as a sentence.</param>
    public static ProblemHttpResult TooLarge(long maxBytes, string? hint = null) =>
        Of(
            StatusCodes.Status413PayloadTooLarge,
            "body-too-large",
            "The body is too large.",
            $"At most {maxBytes} bytes are accepted. {hint}".TrimEnd()
        );

    /// <summary>415: the body is not of a media type this endpoint reads.</summary>
    public static ProblemHttpResult UnsupportedMediaType(string expected) =>
        Of(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupported-media-type",
            "The body's media type is not supported.",
            $"Send {expected} and say so in Content-Type."
        );

    /// <summary>503: the database does not answer; nothing was accepted.</summary>
    public static ProblemHttpResult DatabaseAway() =>
        Of(
            StatusCodes.Status503ServiceUnavailable,
            "database-unavailable",
            "The database does not answer.",
            "Try again after the time in Retry-After."
        );

    private static ProblemHttpResult Of(int status, string slug, string title, string detail) =>
        TypedResults.Problem(type: TypePrefix + slug, title: title, detail: detail, statusCode: status);
}
