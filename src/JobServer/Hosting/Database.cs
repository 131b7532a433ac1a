using System.ComponentModel.DataAnnotations;
using JobServer.EmbeddedPostgres;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>The database this host uses: the one configured, else a private one that lives as long as the host.</summary>
internal sealed class Database(PostgresServer? embedded, string connectionString, string directConnectionString)
    : IAsyncDisposable
{
    /// <summary>May lead through a connection pooler.</summary>
    public string ConnectionString => connectionString;

    /// <summary>Leads through none: for migrations, and to listen.</summary>
    public string DirectConnectionString => directConnectionString;

    /// <summary>Null when a connection string was configured.</summary>
    public PostgresServer? Embedded => embedded;

    /// <summary>Finds the configured database, or starts the embedded one where that is allowed.</summary>
    public static async Task<Database> OpenAsync(WebApplicationBuilder builder, CancellationToken cancellationToken)
    {
        var configuration = builder.Configuration;
        if (Configured(configuration, "JobServer") is { } configured)
        {
            return Configured(configuration, "JobServerDirect") is { } direct
                ? new Database(null, configured, direct)
                : new Database(null, Kept(configured).ConnectionString, configured);
        }

        var options = OptionsOf(configuration);
        if (builder.Environment.IsProduction() && !configuration.GetValue<bool>("Embedded:Enabled"))
        {
            throw new InvalidSettingException(
                "No database is configured. Set ConnectionStrings__JobServer to a PostgreSQL, or Embedded__Enabled=true to "
                    + "run a private one on this machine's disk."
            );
        }

        Validate(options);
        try
        {
            var server = await PostgresServer.StartAsync(options, cancellationToken);
            var pooled = Kept(server.ConnectionString);
            pooled.ApplicationName = "jobserver";
            pooled.MaxPoolSize = Math.Max(10, options.MaxConnections - 10);
            return new Database(server, pooled.ConnectionString, server.ConnectionString);
        }
        catch (EmbeddedPostgresException exception)
        {
            throw new InvalidSettingException(exception.Message, exception);
        }
    }

    /// <summary>The same, where another JobServer may run on the embedded one already: then it is that one's.</summary>
    public static async Task<Database> OpenBesideAsync(
        WebApplicationBuilder builder,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await OpenAsync(builder, cancellationToken);
        }
        catch (InvalidSettingException exception) when (exception.InnerException is PostgresInUseException)
        {
            var running = await PostgresServer.ConnectionStringOfRunningAsync(
                OptionsOf(builder.Configuration),
                cancellationToken
            );
            return new Database(null, running, running);
        }
    }

    private static PostgresServerOptions OptionsOf(ConfigurationManager configuration) =>
        configuration.GetSection(PostgresServerOptions.Section).Get<PostgresServerOptions>() ?? new();

    /// <summary>
    /// For sessions that are this process's own, which no pooler gives to others: statements repeat, and nothing of ours leaves
    /// state of a session behind.
    /// </summary>
    private static NpgsqlConnectionStringBuilder Kept(string connectionString)
    {
        var kept = new NpgsqlConnectionStringBuilder(connectionString);
        // Both together or neither. Who has said something about them has a reason.
        if (kept is { MaxAutoPrepare: 0, NoResetOnClose: false })
            (kept.MaxAutoPrepare, kept.NoResetOnClose) = (100, true);
        // A group of results is some hundred KiB: fewer, larger sends.
        kept.WriteBufferSize = Math.Max(kept.WriteBufferSize, 64 << 10);
        return kept;
    }

    /// <summary>A connection string that can be read, or null where none is given.</summary>
    private static string? Configured(ConfigurationManager configuration, string name)
    {
        if (configuration.GetConnectionString(name) is not { Length: > 0 } configured)
            return null;
        try
        {
            return new NpgsqlConnectionStringBuilder(configured).ConnectionString;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // Its text may hold a password.
            throw new InvalidSettingException(
                $"ConnectionStrings:{name} cannot be read: {exception.Message}",
                exception
            );
        }
    }

    private static void Validate(PostgresServerOptions options)
    {
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
        {
            throw new InvalidSettingException(
                string.Join(' ', faults.Select(fault => $"{PostgresServerOptions.Section}: {fault.ErrorMessage}"))
            );
        }
    }

    /// <summary>Brings the schema up to date. Returns the scripts that were run.</summary>
    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) =>
        Migrator.MigrateAsync(directConnectionString, cancellationToken);

    /// <summary>Throws, saying what to do, unless the schema is the one this build needs.</summary>
    public async Task RequireSchemaAsync(CancellationToken cancellationToken)
    {
        await using var database = NpgsqlDataSource.Create(directConnectionString);
        var pending = await Migrator.PendingAsync(database, cancellationToken);
        if (pending.Count > 0)
        {
            throw new InvalidSettingException(
                $"The database lacks {pending.Count} migration(s), the first is {pending[0]}. Run `dotnet JobServer.dll migrate`."
            );
        }

        var version = await new HangfireSchema(database).FindVersionAsync(cancellationToken);
        if (version != HangfireSchema.Version)
        {
            throw new InvalidSettingException(
                $"Hangfire's schema is version {version?.ToString() ?? "none"}, this build was made for "
                    + $"{HangfireSchema.Version}. Run `dotnet JobServer.dll migrate`."
            );
        }
    }

    public ValueTask DisposeAsync() => embedded?.DisposeAsync() ?? ValueTask.CompletedTask;
}
