using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging.Console;

namespace JobServer.Hosting;

/// <summary>How the host listens, stops and says where it is.</summary>
internal static class HostDefaults
{
    /// <summary>Where the host listens when nobody says.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    public static void AddHostDefaults(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
            builder.WebHost.UseUrls(DefaultUrl);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
        // Above Hangfire's own 20 s for its workers, below the usual 30 s before a kill.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(25));
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            // Else the API's description says that numbers may be sent in quotes, which no endpoint takes.
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        });
        // Pages come in the charsets of the world, not only in those of .NET's core.
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
    }

    /// <summary>
    /// Refuses changes that another site's page sends with a visitor's browser: requests without a body need no
    /// preflight, so nothing else would stop them.
    /// </summary>
    public static void UseSameSite(this WebApplication app) =>
        app.Use(
            (http, next) =>
            {
                var site = http.Request.Headers["Sec-Fetch-Site"].ToString();
                var isChange = !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method);
                if (!isChange || site is "" or "same-origin" or "none")
                    return next(http);
                http.Response.StatusCode = (int)HttpStatusCode.Forbidden;
                return Task.CompletedTask;
            }
        );

    /// <summary>Prints one line with the address once the host is ready, and what else is needed to begin.</summary>
    public static void AnnounceAddress(this WebApplication app, Database database, string? firstKey) =>
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
            Console.WriteLine($"JobServer is listening on {string.Join(" and ", addresses?.Addresses ?? [])}");
            if (database.Embedded is { } embedded)
                Console.WriteLine($"Its private PostgreSQL: {embedded.PsqlHint}");
            if (firstKey is not null)
                Console.WriteLine(firstKey);
        });
}
