using System.Globalization;
using Hangfire;
using JobServer.BatchedStorage;
using JobServer.Jobs;
using JobServer.Ledger;
using JobServer.Queues;
using JobServer.Retention;

namespace JobServer.Hosting;

/// <summary>Hangfire on the ledger's database: storage, one server per queue, and every dangerous default set.</summary>
internal static class HangfireSetup
{
    public static void AddHangfireOnLedger(this WebApplicationBuilder builder, Database database)
    {
        builder
            .Services.AddOptions<HangfireOptions>()
            .BindConfiguration(HangfireOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        var options = builder.Configuration.GetSection(HangfireOptions.Section).Get<HangfireOptions>() ?? new();
        var retention = builder.Configuration.GetSection(RetentionOptions.Section).Get<RetentionOptions>() ?? new();
        builder.Services.AddSingleton(services => new BatchedPostgreSqlStorage(
            database.DirectConnectionString,
            Storage(
                options,
                services.GetRequiredService<StorageSignals>(),
                services.GetRequiredService<ILoggerFactory>()
            )
        ));
        builder.Services.AddSingleton<StorageSignals>();
        builder.Services.AddHangfire(
            (services, hangfire) =>
                hangfire
                    .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
                    .UseSimpleAssemblyNameTypeSerializer()
                    .UseRecommendedSerializerSettings()
                    // The process runs in the invariant culture: nothing to capture per job.
                    .UseDefaultCulture(CultureInfo.InvariantCulture, captureDefault: false)
                    .UseStorage(services.GetRequiredService<BatchedPostgreSqlStorage>())
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

    private static BatchedStorageOptions Storage(
        HangfireOptions options,
        ISignalChannel signals,
        ILoggerFactory logs
    ) =>
        new()
        {
            SchemaName = HangfireSchema.Name,
            // The migrate step installs it, under our lock and with rights the running app may not have.
            PrepareSchema = false,
            QueuePollInterval = options.QueuePollInterval,
            LeaseTimeout = options.LeaseTimeout,
            LeaseRenewalInterval = options.LeaseTimeout / 4,
            Signals = signals,
            LoggerFactory = logs,
        };
}
