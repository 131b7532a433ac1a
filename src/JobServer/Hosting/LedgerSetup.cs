using JobServer.Jobs;
using JobServer.Jobs.Events;
using JobServer.Jobs.Results;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;
using Npgsql;

namespace JobServer.Hosting;

/// <summary>Registers the ledger and what runs on it.</summary>
internal static class LedgerSetup
{
    public static IServiceCollection AddLedger(this IServiceCollection services, Database database)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
        {
            var source = new NpgsqlDataSourceBuilder(database.ConnectionString);
            source.UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
            return source.Build();
        });
        services.AddSingleton(database);
        services.AddSingleton<DatabaseWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseWatch>());
        services.AddSingleton<JobStore>();
        services.AddSingleton<AcceptStore>();
        services.AddSingleton<ChunkStore>();
        services.AddSingleton<LaneStore>();
        services.AddSingleton<StartStore>();
        services.AddSingleton<PauseStore>();
        services.AddSingleton<QueueStore>();
        services.AddSingleton<ItemStore>();
        services.AddSingleton<OutputStore>();
        services.AddSingleton<InputStore>();
        services.AddSingleton<LogStore>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<ResultStore>();
        services.AddSingleton<LookupStore>();
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<ScheduleRunStore>();
        services.AddSingleton<ServerStore>();
        services.AddSingleton<UsageStore>();
        services.AddSingleton<Overdue>();
        services.AddSingleton<Neighbours>();
        services.AddSingleton(provider => new SignalChannel(
            provider.GetRequiredService<NpgsqlDataSource>(),
            database.DirectConnectionString
        ));
        services.AddSingleton<HangfireSchema>();
        return services;
    }

    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.AddSingleton<JobKinds>();
        services.AddSingleton<LaneQueue>();
        services.AddSingleton<DatabasePatience>();
        services.AddSingleton<LaneServices>();
        services.AddSingleton<LaneRunner>();
        services.AddSingleton<SharedAccepts>();
        services.AddSingleton<Quota>();
        services.AddSingleton<Submission>();
        services.AddSingleton<ListSubmission>();
        services.AddSingleton<SubmissionEndpoint>();
        services.AddSingleton<JobRetry>();
        services.AddSingleton<JobEnd>();
        services.AddSingleton<JobPause>();
        services.AddSingleton<JobWaiter>();
        services.AddSingleton<ResultReader>();
        services.AddSingleton<Signals>();
        services.AddHostedService(provider => provider.GetRequiredService<Signals>());
        services.AddSingleton<JobWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<JobWatch>());
        services.AddSingleton<Starter>();
        services.AddHostedService(provider => provider.GetRequiredService<Starter>());
        services.AddSingleton<JobHistory>();
        services
            .AddOptions<EventOptions>()
            .BindConfiguration(EventOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<FeedSources>();
        services.AddSingleton<JobFeeds>();
        services.AddSingleton<EventEndpoint>();
        services.AddHostedService<Reconciler>();
        return services;
    }
}
