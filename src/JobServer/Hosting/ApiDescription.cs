using JobServer.Access;
using Microsoft.AspNetCore.Authorization;
using Scalar.AspNetCore;

namespace JobServer.Hosting;

/// <summary>The API's description at <c>/openapi/v1.json</c> and its page at <c>/scalar</c>.</summary>
internal static class ApiDescription
{
    public const string PagePath = "/scalar";

    public static void AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            openApi =>
                openApi
                    .AddOperationTransformer(AccessDescription.DescribeAsync)
                    .AddDocumentTransformer(
                        (document, _, _) =>
                        {
                            document.Info.Title = "JobServer";
                            document.Info.Version = "v1";
                            document.Info.Description =
                                "Durable jobs over lists of items. Every refusal is a problem (RFC 9457) with a stable type.";
                            // The server's address depends on who asks.
                            document.Servers?.Clear();
                            AccessDescription.Describe(document);
                            return Task.CompletedTask;
                        }
                    )
        );

    public static void MapApiDescription(this WebApplication app)
    {
        var pages = app.MapGroup("").NeedsAnyKey();
        pages.MapOpenApi();
        // Its default fonts come from another host.
        pages.MapScalarApiReference(PagePath, page => page.WithTitle("JobServer").DisableDefaultFonts());
        // Scalar would have its script open to everybody.
        ((IEndpointConventionBuilder)pages).Finally(endpoint =>
        {
            foreach (var open in endpoint.Metadata.OfType<IAllowAnonymous>().ToList())
                endpoint.Metadata.Remove(open);
        });
    }
}
