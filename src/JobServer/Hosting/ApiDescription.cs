using Scalar.AspNetCore;

namespace JobServer.Hosting;

/// <summary>The API's description at <c>/openapi/v1.json</c> and its page at <c>/scalar</c>.</summary>
internal static class ApiDescription
{
    public static void AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            openApi =>
                openApi.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        document.Info.Title = "JobServer";
                        document.Info.Version = "v1";
                        document.Info.Description =
                            "Durable jobs over lists of items. Every refusal is a problem (RFC 9457) with a stable type.";
                        // The server's address depends on who asks.
                        document.Servers?.Clear();
                        return Task.CompletedTask;
                    }
                )
        );

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi();
        // Its default fonts come from another host.
        app.MapScalarApiReference(page => page.WithTitle("JobServer").DisableDefaultFonts());
    }
}
