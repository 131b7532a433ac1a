using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>What the program can be asked to do, and its exit codes: 0 as expected, 1 not, 2 something is missing.</summary>
internal static class Verbs
{
    private const string Usage = """
        dotnet JobServer.dll           serves until it is stopped
        dotnet JobServer.dll migrate   brings the database to the schema of this build, and ends
        """;

    /// <summary>Runs the host.</summary>
    internal delegate Task Serve(WebApplicationBuilder builder, Database database, CancellationToken stop);

    public static async Task<int> RunAsync(string[] args, Serve serve)
    {
        try
        {
            return await RunVerbAsync(args, serve);
        }
        catch (Exception exception) when (exception is InvalidSettingException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }
        catch (NpgsqlException exception)
        {
            await Console.Error.WriteLineAsync($"The database cannot be used: {exception.Message}");
            return 2;
        }
    }

    private static async Task<int> RunVerbAsync(string[] args, Serve serve)
    {
        var verb = args is [var first, ..] && !first.StartsWith('-') ? first : "serve";
        if (verb is not ("serve" or "migrate"))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var settings = verb == args.FirstOrDefault() ? args[1..] : args;
        var builder = WebApplication.CreateBuilder(
            // Found beside the program, whatever folder it is started from.
            new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory }
        );

        // Until the host takes over, a stop must still end the embedded database in order.
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await using var database = await Database.OpenAsync(builder, stop.Token);
        if (verb == "migrate" || !builder.Environment.IsProduction())
        {
            var scripts = await database.MigrateAsync(stop.Token);
            if (verb == "migrate")
            {
                Console.WriteLine(scripts.Count == 0 ? "Up to date." : $"Migrated: {string.Join(", ", scripts)}.");
                return 0;
            }
        }

        await database.RequireSchemaAsync(stop.Token);
        await serve(builder, database, stop.Token);
        return 0;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
