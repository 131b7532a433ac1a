using System.ComponentModel.DataAnnotations;
using Hangfire;
using Hangfire.Client;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;
using JobServer.BatchedStorage.Working;

namespace JobServer.BatchedStorage;

/// <summary>
/// Runs jobs as <see cref="BackgroundJobServer"/> does, hundreds of them on a handful of threads: those that await keep
/// none, and neither do their commits. All filters and states are Hangfire's; heartbeat, watchdog and schedulers too.
/// </summary>
/// <remarks>
/// A job learns of a delete by its token within <see cref="BatchedStorageOptions.CancellationCheckInterval"/>, by
/// <see cref="IJobCancellationToken.ThrowIfCancellationRequested"/> as well. Methods that do not return a task run on the
/// thread pool, and so do the filters: where those block for long, the library's own server with a thread for each worker
/// is the better one.
/// </remarks>
public sealed class BatchedJobServer : IBackgroundProcessingServer
{
    private readonly BackgroundProcessingServer _server;

    /// <summary>Starts it, on the storage of the whole application.</summary>
    /// <inheritdoc cref="BatchedJobServer(BatchedJobServerOptions, BatchedPostgreSqlStorage)"/>
    public BatchedJobServer(BatchedJobServerOptions? options = null)
        : this(
            options ?? new BatchedJobServerOptions(),
            JobStorage.Current as BatchedPostgreSqlStorage
                ?? throw new InvalidOperationException(
                    $"The application's storage is {JobStorage.Current.GetType().Name}; this server needs {nameof(BatchedPostgreSqlStorage)}."
                )
        ) { }

    /// <summary>Starts it.</summary>
    /// <exception cref="ValidationException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The schema, or the version of Hangfire.Core, is not the one this was written for.
    /// </exception>
    public BatchedJobServer(BatchedJobServerOptions options, BatchedPostgreSqlStorage storage)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(storage);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        CoreInternals.Get();
        string[] queues = [.. options.Queues];
        _server = new BackgroundProcessingServer(
            storage,
            Processes(options, queues, storage),
            new Dictionary<string, object> { ["Queues"] = queues, ["WorkerCount"] = options.WorkerCount },
            Options(options)
        );
    }

    /// <inheritdoc/>
    public void SendStop() => _server.SendStop();

    /// <inheritdoc/>
    public bool WaitForShutdown(TimeSpan timeout) => _server.WaitForShutdown(timeout);

    /// <inheritdoc/>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) =>
        _server.WaitForShutdownAsync(cancellationToken);

    /// <summary>Stops it; what its jobs have not ended within the time for that is run again by others.</summary>
    public void Dispose() => _server.Dispose();

    private static List<IBackgroundProcessDispatcherBuilder> Processes(
        BatchedJobServerOptions options,
        string[] queues,
        BatchedPostgreSqlStorage storage
    )
    {
        var filters = options.FilterProvider ?? JobFilterProviders.Providers;
        var changer = new BackgroundJobStateChanger(filters);
        var worker = new AsyncWorker(
            storage,
            queues,
            new JobPerformer(filters, options.Activator ?? JobActivator.Current),
            new StateChanges(changer, storage.Parts)
        );
        List<IBackgroundProcessDispatcherBuilder> processes = [worker.UseThreadPool(options.WorkerCount)];
        if (options.IsLightweightServer)
            return processes;
        var delayed = new DelayedJobScheduler(options.SchedulePollingInterval, changer);
        var recurring = new RecurringJobScheduler(
            new BackgroundJobFactory(filters),
            options.SchedulePollingInterval,
            options.TimeZoneResolver ?? new DefaultTimeZoneResolver()
        );
        return [.. processes, delayed.UseBackgroundPool(1), recurring.UseBackgroundPool(1)];
    }

    private static BackgroundProcessingServerOptions Options(BatchedJobServerOptions options) =>
        new()
        {
            ServerName = options.ServerName,
            HeartbeatInterval = options.HeartbeatInterval,
            ServerTimeout = options.ServerTimeout,
            ServerCheckInterval = options.ServerCheckInterval,
            StopTimeout = options.StopTimeout,
            ShutdownTimeout = options.ShutdownTimeout,
            ExcludeStorageProcesses = options.IsLightweightServer,
            // The library's watcher has no jobs to look after here.
            CancellationCheckInterval = TimeSpan.FromDays(1),
        };
}
