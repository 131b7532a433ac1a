using JobServer.Access;
using JobServer.Jobs.Submissions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace JobServer.Jobs.Fetch;

/// <summary>The kind <c>fetch</c>: what it registers and where it is submitted.</summary>
internal static class FetchModule
{
    public static IServiceCollection AddFetchJobs(this IServiceCollection services)
    {
        services
            .AddOptions<FetchOptions>()
            .BindConfiguration(FetchOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.Configure<OpenApiOptions>("v1", openApi => openApi.AddSchemaTransformer(DescribeUrls));
        services.AddSingleton<FetchKind>();
        services.AddSingleton<IJobKind>(provider => provider.GetRequiredService<FetchKind>());
        services.AddKeyedSingleton<IJobSubmission, FetchSubmissions>(FetchKind.KindName);
        services.AddKeyedSingleton<IJobRetry, ItemRetry>(FetchKind.KindName);
        return services;
    }

    public static void MapFetchJobs(this RouteGroupBuilder jobs) =>
        jobs.MapPost("/fetch", SubmitAsync)
            .WithName("SubmitFetchJob")
            .WithTags("Fetch")
            .WithSummary("Fetches a list of URLs")
            .WithDescription(
                "Answers 202 once the job is stored. With Prefer: wait=SECONDS (60 at most) it answers 200 with the "
                    + "finished job if it ends in time, and with its results if it has at most 100 items."
            )
            .TakesSubmission<FetchSubmission>();

    private static Task<IResult> SubmitAsync(HttpContext http, Caller caller, SubmissionEndpoint submissions) =>
        submissions.SubmitAsync(http, caller, FetchKind.KindName);

    /// <summary>An item may be a bare URL, which no type of C# says.</summary>
    private static Task DescribeUrls(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken _)
    {
        if (context.JsonTypeInfo.Type == typeof(IReadOnlyList<FetchUrl>) && schema.Items is { } item)
        {
            var url = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri" };
            schema.Items = new OpenApiSchema { OneOf = [url, item] };
        }

        return Task.CompletedTask;
    }
}
