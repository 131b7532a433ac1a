using JobServer.Access;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace JobServer.Jobs.Submissions;

/// <summary>What the API's description says of operations that take an <c>Idempotency-Key</c>.</summary>
internal static class RepeatableOperation
{
    /// <summary>For endpoints that read their request as a <see cref="RepeatableRequest"/>.</summary>
    public static RouteHandlerBuilder IsRepeatable(this RouteHandlerBuilder endpoint) =>
        endpoint
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .AddOpenApiOperationTransformer(DescribeAsync);

    /// <summary>For endpoints that take a submission.</summary>
    /// <typeparam name="TBody">Its body, as the description shows it.</typeparam>
    public static RouteHandlerBuilder TakesSubmission<TBody>(this RouteHandlerBuilder endpoint)
        where TBody : notnull =>
        endpoint
            .WithMetadata(LeavesNoEntry.Instance)
            .Accepts<TBody>("application/json")
            .Produces<JobView>()
            .Produces<JobView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .IsRepeatable();

    private static Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(
            new OpenApiParameter
            {
                Name = RepeatableRequest.Header,
                In = ParameterLocation.Header,
                Description =
                    "Makes it safe to send the request again: within 24 hours the same key and body are answered with what "
                    + "the first request made. 409 while that is in progress, 422 for another body, 410 when it was erased.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = RepeatableRequest.MaxLength },
            }
        );
        return Task.CompletedTask;
    }
}
