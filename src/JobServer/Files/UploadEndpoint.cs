using System.Net.Mime;
using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace JobServer.Files;

/// <summary>Takes uploads: a few at once, each as a stream and in a limited time.</summary>
internal sealed class UploadEndpoint(
    FileUpload upload,
    FileStore files,
    Quota quota,
    IOptions<UploadOptions> options,
    TimeProvider time,
    ILogger<UploadEndpoint> logger
)
{
    private readonly SemaphoreSlim _slots = new(options.Value.MaxConcurrentUploads);

    public static void Map(RouteGroupBuilder files) =>
        files
            .MapPost("/", UploadAsync)
            .WithName("UploadFile")
            .WithSummary("Stores a file for jobs to read: CSV, JSON or NDJSON")
            .WithDescription(
                "The body is the file itself (curl --data-binary @file), also compressed with gzip. What the query and "
                    + "Content-Type leave open its first bytes must show. Answers 201 once all of it is stored; of a file "
                    + "that is refused nothing is."
            )
            .AddOpenApiOperationTransformer(DescribeAsync)
            .Produces<FileView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status408RequestTimeout)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .IsRepeatable();

    private static Task<IResult> UploadAsync(HttpContext http, Caller caller, UploadEndpoint endpoint) =>
        endpoint.AcceptAsync(http, caller);

    private async Task<IResult> AcceptAsync(HttpContext http, Caller caller)
    {
        var (form, refusal) = FileRequest.Read(http.Request);
        if (form is null)
            return refusal!;
        if (http.Request.ContentLength > options.Value.MaxBytes)
            return Problems.TooLarge(options.Value.MaxBytes);
        if (await quota.RefuseBytesAsync(caller.Tenant, http.RequestAborted) is { } full)
            return full;
        // The limit is ours, and holds after decompression.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (!await _slots.WaitAsync(TimeSpan.Zero, http.RequestAborted))
        {
            return Problems.TooManyUploads(options.Value.MaxConcurrentUploads);
        }

        try
        {
            var (request, unreadable) = RepeatableRequest.Of(http);
            return unreadable ?? await ReceiveAsync(http, caller.Tenant, form, request);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<IResult> ReceiveAsync(HttpContext http, string tenant, FileForm form, RepeatableRequest? request)
    {
        using var timeout = new CancellationTokenSource(options.Value.UploadTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, http.RequestAborted);
        try
        {
            var started = time.GetTimestamp();
            var (file, claim) = await upload.ReceiveAsync(tenant, http.Request.BodyReader, form, request, stop.Token);
            if (file is null)
                return await RepeatedAsync(tenant, request!, claim, stop.Token);
            quota.Stored(tenant, file.Bytes);
            logger.FileStored(
                file.Id,
                file.Format,
                file.Records,
                file.Faulty,
                file.Bytes,
                time.GetElapsedTime(started)
            );
            return TypedResults.Created(FileLinks.PathOf(file.Id), FileView.Of(file));
        }
        catch (BrokenFileException fault)
        {
            return Problems.BrokenFile(fault.Message, fault.Row, fault.Line, fault.Column);
        }
        catch (FileLimitException passed)
        {
            return Problems.OverLimit(passed.Slug, passed.Title, passed.Message);
        }
        catch (OperationCanceledException)
            when (timeout.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return Problems.UploadTimedOut(options.Value.UploadTimeout);
        }
    }

    /// <summary>What a request is answered whose key is known, or in use by another one.</summary>
    private async Task<IResult> RepeatedAsync(
        string tenant,
        RepeatableRequest request,
        KeyClaim claim,
        CancellationToken cancellationToken
    )
    {
        if (claim.Known is not { } known)
            return Problems.IdempotencyKeyInUse(request.Key);
        var (made, refusal) = request.Compare(known);
        if (made is not { } id)
            return refusal!;
        return await files.FindAsync(tenant, id, cancellationToken) is { } file
            ? TypedResults.Created(FileLinks.PathOf(id), FileView.Of(file))
            : Problems.FileErased(id);
    }

    /// <summary>The body and the query are read by hand, so nothing else would describe them.</summary>
    private static Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        string[] types =
        [
            MediaTypeNames.Text.Csv,
            MediaTypeNames.Application.Json,
            "application/x-ndjson",
            MediaTypeNames.Application.Octet,
        ];
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Description = "The file itself; Content-Encoding may be gzip.",
            Content = types.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = new OpenApiSchema() }),
        };
        operation.Parameters =
        [
            Parameter("name", "What the file is called; at most 255 characters."),
            Parameter("format", "Goes before Content-Type.", FileFormats.All),
            Parameter("delimiter", "Of a CSV; left out, the first lines must show it.", ",", ";", "|", "tab"),
            Parameter(
                "encoding",
                "Of a file without a byte order mark. Left out, it must be UTF-8, or UTF-16 that is easy to tell.",
                [.. FileSniff.Encodings.Keys]
            ),
            Parameter(
                "onFault",
                "What becomes of a file that cannot be read on: refuse, the default, or reject, which keeps what comes "
                    + "before as records and the rest as one faulty record.",
                "refuse",
                "reject"
            ),
        ];
        return Task.CompletedTask;
    }

    private static OpenApiParameter Parameter(string name, string description, params string[] values) =>
        new()
        {
            Name = name,
            In = ParameterLocation.Query,
            Description = description,
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Enum = values is []
                    ? null
                    : [.. values.Select(value => System.Text.Json.Nodes.JsonValue.Create(value))],
            },
        };
}
