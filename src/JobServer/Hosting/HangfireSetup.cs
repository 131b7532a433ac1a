using Hangfire;
using Hangfire.PostgreSql;
using JobServer.Ledger;
using JobServer.Queues;
using JobServer.Retention;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>Hangfire on the ledger's data source: storage, one server per queue, and every dangerous default set.</summary>
internal static class HangfireSetup
{
    public static void AddHangfireOnLedger(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<HangfireOptions>()
            .BindConfiguration(HangfireOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        var options = builder.Configuration.GetSection(HangfireOptions.Section).Get<HangfireOptions>() ?? new();
        var retention = builder.Configuration.GetSection(RetentionOptions.Section).Get<RetentionOptions>() ?? new();
        builder.Services.AddHangfire(
            (services, hangfire) =>
                hangfire
                    .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
                    .UseSimpleAssemblyNameTypeSerializer()
                    .UseRecommendedSerializerSettings()
                    // The process runs in the invariant culture: nothing to capture per job.
                    .UseDefaultCulture(System.Globalization.CultureInfo.InvariantCulture)
                    .UsePostgreSqlStorage(
                        storage =>
                            storage.UseConnectionFactory(
                                new LedgerConnections(services.GetRequiredService<NpgsqlDataSource>())
                            ),
                        Storage(options)
                    )
                    .WithJobExpirationTimeout(retention.HangfireJobs)
        );
        builder.Services.AddSingleton<QueueReader>();
        builder.Services.AddSingleton<QueueServer>();
        builder.Services.AddHostedService<QueueServers>();
    }

    /// <summary>Runs lanes of this queue by a Hangfire server of its own, so that its worker limit is a limit.</summary>
    /// <param name="workers">Where the configuration does not say.</param>
    public static void AddQueue(
        this WebApplicationBuilder builder,
        string queue,
        int workers = QueueOptions.DefaultWorkers
    )
    {
        workers = QueueOptions.WorkersOf(builder.Configuration, queue, workers);
        if (workers > 0)
            builder.Services.AddSingleton(new ServedQueue(queue, workers));
    }

    private static PostgreSqlStorageOptions Storage(HangfireOptions options) =>
        new()
        {
            SchemaName = HangfireSchema.Name,
            // The migrate step installs it, under our lock and with rights the running app may not have.
            PrepareSchemaIfNecessary = false,
            // Without its database this server is not degraded but down, and should say so.
            AllowDegradedModeWithoutStorage = false,
            // Other hosts' enqueues are seen this late at most (15 s by default); our own at once.
            QueuePollInterval = options.QueuePollInterval,
            // How long a killed worker's lanes stay lost (30 min by default), renewed while it lives.
            InvisibilityTimeout = options.InvisibilityTimeout,
            UseSlidingInvisibilityTimeout = true,
            // A lock row left by a killed process blocks its resource this long (10 min by default).
            DistributedLockTimeout = TimeSpan.FromMinutes(1),
            TransactionSynchronisationTimeout = TimeSpan.FromSeconds(5),
            // Needed for one commit with the ledger's rows.
            EnableTransactionScopeEnlistment = true,
            JobExpirationCheckInterval = TimeSpan.FromMinutes(5),
        };

    /// <summary>Connections of the ledger's own pool: two pools would make a distributed transaction of each accept.</summary>
    private sealed class LedgerConnections(NpgsqlDataSource database) : IConnectionFactory
    {
        public NpgsqlConnection GetOrCreateConnection() => database.CreateConnection();
    }
}
