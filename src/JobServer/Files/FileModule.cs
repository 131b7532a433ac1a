using JobServer.Access;
using JobServer.Ledger;

namespace JobServer.Files;

/// <summary>Files that clients upload for jobs to read: what this registers, and where they are.</summary>
internal static class FileModule
{
    public static IServiceCollection AddFiles(this IServiceCollection services)
    {
        services
            .AddOptions<UploadOptions>()
            .BindConfiguration(UploadOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<FileStore>();
        services.AddSingleton<FileUpload>();
        services.AddSingleton<UploadEndpoint>();
        return services;
    }

    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("/v1/files")
            .WithTags("Files")
            .NeedsByMethod(Scopes.ReadJobs, Scopes.WriteJobs)
            .AddEndpointFilter(AuditFilter.WriteAsync)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        UploadEndpoint.Map(files);
        FileEndpoints.Map(files);
    }
}
