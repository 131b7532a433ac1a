using System.Globalization;
using JobServer.Hosting;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace JobServer.Access;

/// <summary>What the API's description says of keys: which an operation needs, and how it refuses others.</summary>
internal static class AccessDescription
{
    private const string Scheme = "key";

    private static readonly Dictionary<int, string> Refusals = new()
    {
        [StatusCodes.Status401Unauthorized] = "No key, or none that is good",
        [StatusCodes.Status403Forbidden] = "The key does not allow this",
        [StatusCodes.Status429TooManyRequests] = "Too many requests; see Retry-After",
    };

    public static void Describe(OpenApiDocument document) =>
        document.AddComponent<IOpenApiSecurityScheme>(
            Scheme,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key, made by POST /v1/keys or by `./jobserver keys create`.",
            }
        );

    public static Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<Needs>().LastOrDefault() is not { } needs)
            return Task.CompletedTask;
        var scopes = HttpMethods.IsGet(context.Description.HttpMethod ?? "") ? needs.Reading : needs.Changing;
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] },
        ];
        var who = needs.OperatorOnly
            ? "Only for admin keys of the tenant default."
            : $"Needs the scope {string.Join(" or ", scopes)}.";
        operation.Description = string.IsNullOrEmpty(operation.Description) ? who : $"{operation.Description} {who}";
        foreach (var (status, description) in Refusals)
        {
            operation.Responses ??= [];
            operation.Responses.TryAdd(
                status.ToString(CultureInfo.InvariantCulture),
                new OpenApiResponse
                {
                    Description = description,
                    Content = new Dictionary<string, OpenApiMediaType> { [Problems.ContentType] = new() },
                }
            );
        }

        return Task.CompletedTask;
    }
}
