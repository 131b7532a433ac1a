using JobServer.Jobs.Input;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Hosting;

/// <summary>Every refusal of this server, as RFC 9457 problems with stable types.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";
    public const string TypePrefix = "urn:jobserver:problem:";
    public const string UniqueKeyTakenType = TypePrefix + "unique-key-taken";

    /// <summary>400: what was sent cannot be used; every fault by its field.</summary>
    public static ProblemHttpResult Invalid(Faults faults) =>
        TypedResults.Problem(
            type: TypePrefix + "invalid-request",
            title: "The request is not valid.",
            detail: "See errors: each names a field and what it must be.",
            statusCode: StatusCodes.Status400BadRequest,
            extensions: [new("errors", faults.ToErrors())]
        );

    /// <summary>401: no key, or none that is good.</summary>
    public static ProblemHttpResult KeyNeeded() =>
        Of(
            StatusCodes.Status401Unauthorized,
            "key-needed",
            "A good API key is needed.",
            "Send Authorization: Bearer KEY. A key that was sent is not known, was revoked or has expired."
        );

    /// <summary>403: the key is good, and may not do this.</summary>
    public static ProblemHttpResult NotAllowed(string detail) =>
        Of(StatusCodes.Status403Forbidden, "not-allowed", "The key does not allow this.", detail);

    /// <summary>403: the key lacks a scope.</summary>
    public static ProblemHttpResult ScopeNeeded(params IEnumerable<string> oneOf) =>
        NotAllowed($"The key needs the scope {string.Join(" or ", oneOf)}.");

    /// <summary>429: too many requests of one key, or of one address without.</summary>
    public static ProblemHttpResult TooManyRequests(int perMinute) =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too-many-requests",
            "There were too many requests.",
            $"{perMinute} a minute are answered (Limits:RequestsPerMinute). Try again after the time in Retry-After."
        );

    /// <summary>429: so many jobs of the tenant have not ended.</summary>
    public static ProblemHttpResult TooManyJobs(int limit) =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too-many-jobs",
            "Too many jobs have not ended.",
            $"{limit} are accepted at once (Limits:UnfinishedJobs). Try again when some have ended."
        );

    /// <summary>429: so many bytes of the tenant are stored.</summary>
    public static ProblemHttpResult TooMuchStored(long limit) =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too-much-stored",
            "Too much is stored.",
            $"{limit} bytes are kept (Limits:StoredBytes). Erase files, or jobs whose records came with them."
        );

    /// <summary>404: no such key (of this tenant).</summary>
    public static ProblemHttpResult NoSuchKey(Guid id) =>
        NotFound("unknown-key", "There is no such key.", $"No key has the id {id}.");

    /// <summary>404: no such job (of this tenant).</summary>
    public static ProblemHttpResult NoSuchJob(Guid id) =>
        NotFound("unknown-job", "There is no such job.", $"No job has the id {id}.");

    public static ProblemHttpResult NotFound(string slug, string title, string detail) =>
        Of(StatusCodes.Status404NotFound, slug, title, detail);

    /// <summary>409: the job's state does not allow it.</summary>
    public static ProblemHttpResult WrongState(string detail) =>
        Of(StatusCodes.Status409Conflict, "wrong-state", "The job's state does not allow this.", detail);

    /// <summary>409: a request of this key is being answered.</summary>
    public static ProblemHttpResult IdempotencyKeyInUse(string key) =>
        Of(
            StatusCodes.Status409Conflict,
            "idempotency-key-in-use",
            "A request with this Idempotency-Key is in progress.",
            $"The first request with the key '{key}' has not been answered yet; send this one again in a moment."
        );

    /// <summary>422: the key stands for another request.</summary>
    public static ProblemHttpResult IdempotencyKeyReused(string key) =>
        Of(
            StatusCodes.Status422UnprocessableEntity,
            "idempotency-key-reused",
            "This Idempotency-Key stands for another request.",
            $"The key '{key}' came with another body or address within the last 24 hours; take a new key for a new request."
        );

    /// <summary>409: an unfinished job has the unique key.</summary>
    /// <param name="job">Null when it ended meanwhile.</param>
    public static ProblemHttpResult UniqueKeyTaken(string uniqueKey, Guid? job) =>
        TypedResults.Problem(
            type: UniqueKeyTakenType,
            title: "An unfinished job has this uniqueKey.",
            detail: job is null
                ? $"The job with the key '{uniqueKey}' ended this moment; send the request again."
                : $"Job {job} has the key '{uniqueKey}' and has not ended. With onConflict return it would be the answer.",
            statusCode: StatusCodes.Status409Conflict,
            extensions: job is null ? [] : [new("jobId", job)]
        );

    /// <summary>410: the job that a repeated request made is gone.</summary>
    public static ProblemHttpResult JobErased(Guid id) =>
        Of(
            StatusCodes.Status410Gone,
            "job-erased",
            "The job was erased.",
            $"Job {id}, which this request made, was erased; take a new Idempotency-Key for a new one."
        );

    /// <summary>410: the file that a repeated request made is gone.</summary>
    public static ProblemHttpResult FileErased(Guid id) =>
        Of(
            StatusCodes.Status410Gone,
            "file-erased",
            "The file was erased.",
            $"File {id}, which this request made, was erased; take a new Idempotency-Key for a new one."
        );

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

    /// <summary>415: the body is compressed in another way than gzip.</summary>
    public static ProblemHttpResult UnsupportedContentEncoding() =>
        Of(
            StatusCodes.Status415UnsupportedMediaType,
            "unsupported-content-encoding",
            "The body's content encoding is not supported.",
            "Send the body as it is, or compressed with gzip and with Content-Encoding: gzip."
        );

    /// <summary>400: the file cannot be read; where it cannot, as far as that is known.</summary>
    public static ProblemHttpResult BrokenFile(string detail, long? row, long? line, long? column) =>
        TypedResults.Problem(
            type: TypePrefix + "broken-file",
            title: "The file is broken.",
            detail: detail,
            statusCode: StatusCodes.Status400BadRequest,
            extensions: new (string Name, long? Value)[] { ("row", row), ("line", line), ("column", column) }
                .Where(place => place.Value is not null)
                .Select(place => KeyValuePair.Create(place.Name, (object?)place.Value))
        );

    /// <summary>413: a limit other than that of bytes.</summary>
    public static ProblemHttpResult OverLimit(string slug, string title, string detail) =>
        Of(StatusCodes.Status413PayloadTooLarge, slug, title, detail);

    /// <summary>408: the body did not come in time.</summary>
    public static ProblemHttpResult UploadTimedOut(TimeSpan limit) =>
        Of(
            StatusCodes.Status408RequestTimeout,
            "upload-timeout",
            "The upload took too long.",
            $"An upload may take {limit}; nothing was stored."
        );

    /// <summary>429: no slot is free; nothing was read.</summary>
    public static ProblemHttpResult TooManyUploads(int limit) =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too-many-uploads",
            "Too many uploads run at once.",
            $"This server takes {limit} at once. Try again after the time in Retry-After."
        );

    /// <summary>429: as many streams of events are open as may be.</summary>
    public static ProblemHttpResult TooManyStreams(int limit) =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too-many-streams",
            "Too many streams of events are open.",
            $"This server serves {limit} at once. Try again after the time in Retry-After, or ask for the job instead."
        );

    /// <summary>429: no place came free to make a report in.</summary>
    public static ProblemHttpResult TooManyReports() =>
        Of(
            StatusCodes.Status429TooManyRequests,
            "too-many-reports",
            "Too many reports are made at once.",
            "A few are made at once. Try again after the time in Retry-After."
        );

    /// <summary>404: no such file (of this tenant).</summary>
    public static ProblemHttpResult NoSuchFile(Guid id) =>
        NotFound("unknown-file", "There is no such file.", $"No file has the id {id}.");

    /// <summary>409: the server itself needs the queue.</summary>
    public static ProblemHttpResult SystemQueue() =>
        Of(
            StatusCodes.Status409Conflict,
            "system-queue",
            "This queue cannot be paused.",
            "The server itself works through it; schedules can be paused one by one."
        );

    /// <summary>409: a job reads from the file.</summary>
    public static ProblemHttpResult FileInUse() =>
        Of(
            StatusCodes.Status409Conflict,
            "file-in-use",
            "The file is in use.",
            "A job that has not ended reads from this file; wait for its end or cancel it before erasing the file."
        );

    /// <summary>404: no such schedule (of this tenant).</summary>
    public static ProblemHttpResult NoSuchSchedule(string id) =>
        NotFound("unknown-schedule", "There is no such schedule.", $"No schedule has the id {Printable.Cut(id, 100)}.");

    /// <summary>409: the schedule is in the configuration, and would be as it says after the next start.</summary>
    public static ProblemHttpResult ScheduleDeclared(string id, string setting) =>
        Of(
            StatusCodes.Status409Conflict,
            "schedule-declared",
            "The schedule is declared in the configuration.",
            $"Schedule {id} is declared under {setting}; change it there and start the server again. It can be paused, "
                + "resumed and triggered here."
        );

    /// <summary>409: what the schedule submits is not accepted now.</summary>
    public static ProblemHttpResult ScheduleRefused(ProblemHttpResult refusal) =>
        TypedResults.Problem(
            type: TypePrefix + "schedule-refused",
            title: "What the schedule submits was refused.",
            detail: Sentences(refusal),
            statusCode: StatusCodes.Status409Conflict
        );

    /// <summary>What is wrong by path, of any refusal: <c>$</c> where it names no fields.</summary>
    public static IReadOnlyDictionary<string, string[]> FaultsOf(ProblemHttpResult refusal) =>
        refusal.ProblemDetails.Extensions.TryGetValue("errors", out var errors)
        && errors is IReadOnlyDictionary<string, string[]> faults
            ? faults
            : new Dictionary<string, string[]>
            {
                [Faults.Document] = [$"is refused: {refusal.ProblemDetails.Title} {refusal.ProblemDetails.Detail}"],
            };

    /// <summary>What is wrong, for people.</summary>
    public static string Sentences(ProblemHttpResult refusal) =>
        refusal.ProblemDetails.Extensions.ContainsKey("errors")
            ? string.Join(
                ' ',
                FaultsOf(refusal).SelectMany(fault => fault.Value.Select(message => $"{fault.Key} {message}."))
            )
            : $"{refusal.ProblemDetails.Title} {refusal.ProblemDetails.Detail}";

    /// <summary>503: only a host of a newer version knows what it is asked for.</summary>
    public static ProblemHttpResult NewerJob(string detail) =>
        Of(
            StatusCodes.Status503ServiceUnavailable,
            "newer-job",
            "A newer version of this server has accepted the job.",
            $"{detail} Ask a host of the newer version."
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
