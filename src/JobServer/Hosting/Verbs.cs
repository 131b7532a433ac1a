using System.Runtime.InteropServices;
using JobServer.Access;
using JobServer.Hosting.Demo;
using JobServer.Schedules;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>What the program can be asked to do, and its exit codes: 0 as expected, 1 not, 2 something is missing.</summary>
internal static class Verbs
{
    private const string Usage = """
        dotnet JobServer.dll                 serves until it is stopped
        dotnet JobServer.dll demo [--stay]   runs a first job of each kind and shows what came of them; --stay serves on
        dotnet JobServer.dll keys create --name NAME --scopes admin,jobs:read,... [--tenant NAME] [--expires DURATION]
                                             makes an API key and prints it; keys list shows all, keys revoke ID ends one
        dotnet JobServer.dll migrate         brings the database to the schema of this build, and ends
        Settings may follow, such as --Urls=http://127.0.0.1:8080
        """;

    /// <summary>Makes the host of its parts.</summary>
    internal delegate WebApplication Compose(WebApplicationBuilder builder, Database database);

    public static async Task<int> RunAsync(string[] args, Compose compose)
    {
        // Until a host takes over, a stop must still end the embedded database in order.
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await RunVerbAsync(args, compose, stop.Token);
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
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{exception.Message} Set Urls to another one.");
            return 2;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped before it was done.");
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    public static WebApplicationBuilder CreateBuilder(string[] settings) =>
        WebApplication.CreateBuilder(
            // Found beside the program, whatever folder it is started from.
            new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory }
        );

    /// <summary>The database with the schema of this build; outside of Production it is migrated where it lacks some.</summary>
    /// <param name="beside">Another JobServer may run on it.</param>
    public static async Task<Database> OpenDatabaseAsync(
        WebApplicationBuilder builder,
        CancellationToken stop,
        bool beside = false
    )
    {
        var database = beside ? await Database.OpenBesideAsync(builder, stop) : await Database.OpenAsync(builder, stop);
        try
        {
            if (!builder.Environment.IsProduction())
                await database.MigrateAsync(stop);
            await database.RequireSchemaAsync(stop);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static async Task<int> RunVerbAsync(string[] args, Compose compose, CancellationToken stop)
    {
        if (args is ["help" or "--help" or "-h", ..])
        {
            Console.WriteLine(Usage);
            return 0;
        }

        var (verb, rest) =
            args is [var first, .. var others] && !first.StartsWith('-') ? (first, others) : ("serve", args);
        switch (verb)
        {
            case "serve":
                await ServeAsync(rest, compose, stop);
                return 0;
            case "demo":
                return await DemoVerb.RunAsync(rest, compose, stop);
            case "keys":
                return await KeysVerb.RunAsync(rest, stop);
            case "migrate":
                await MigrateAsync(rest, stop);
                return 0;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static async Task ServeAsync(string[] settings, Compose compose, CancellationToken stop)
    {
        var builder = CreateBuilder(settings);
        await using var database = await OpenDatabaseAsync(builder, stop);
        var firstKey = await FirstKey.ApplyAsync(builder.Configuration, database, stop);
        await using var app = compose(builder, database);
        await app.Services.GetRequiredService<KeyRing>().RequireAdminAsync(stop);
        app.AnnounceAddress(database, firstKey);
        // Before anything is ticked: what is declared may have changed.
        await app.Services.GetRequiredService<DeclaredSchedules>().ReconcileAsync(stop);
        await app.RunAsync(stop);
    }

    private static async Task MigrateAsync(string[] settings, CancellationToken stop)
    {
        await using var database = await Database.OpenAsync(CreateBuilder(settings), stop);
        var scripts = await database.MigrateAsync(stop);
        Console.WriteLine(scripts.Count == 0 ? "Up to date." : $"Migrated: {string.Join(", ", scripts)}.");
    }
}
