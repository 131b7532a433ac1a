using Hangfire;
using Hangfire.Common;
using JobServer.BatchedStorage;

namespace JobServer.IntegrationTests.BatchedStorage.Faults;

/// <summary>Options with which faults are over in seconds instead of minutes.</summary>
internal static class Fast
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    public static BatchedStorageOptions Storage(TimeSpan? poll = null) =>
        new()
        {
            QueuePollInterval = poll ?? TimeSpan.FromSeconds(0.2),
            LeaseTimeout = Lease,
            LeaseRenewalInterval = Lease / 10,
            CountersAggregateInterval = TimeSpan.FromSeconds(0.3),
            ExpirationCheckInterval = TimeSpan.FromSeconds(0.5),
        };

    public static BatchedPostgreSqlStorage Open(string connectionString, TimeSpan? poll = null) =>
        new(connectionString, Storage(poll));

    public static BackgroundJobServerOptions Server(int workers, params string[] queues) =>
        new()
        {
            WorkerCount = workers,
            Queues = queues is [] ? ["default"] : queues,
            SchedulePollingInterval = TimeSpan.FromSeconds(0.2),
            CancellationCheckInterval = TimeSpan.FromSeconds(0.1),
            StopTimeout = TimeSpan.FromSeconds(1),
            ShutdownTimeout = TimeSpan.FromSeconds(15),
            // A job that fails is a failed test; it need not wait for its retry.
            FilterProvider = Filters(),
        };

    /// <summary>Hangfire's own filters, with retries that come at once.</summary>
    public static IJobFilterProvider Filters()
    {
        var filters = new JobFilterCollection();
        foreach (var filter in GlobalJobFilters.Filters)
        {
            if (filter.Instance is not AutomaticRetryAttribute)
                filters.Add(filter.Instance, filter.Order);
        }

        filters.Add(new AutomaticRetryAttribute { Attempts = 10, DelaysInSeconds = [0] });
        return new JobFilterProviderCollection(filters, new JobFilterAttributeFilterProvider());
    }

    /// <summary>How often a fault is brought about: few times in the suite, as often as the variable says in a deep run.</summary>
    public static int Times(string variable, int inSuite) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var times) ? times : inSuite;
}
