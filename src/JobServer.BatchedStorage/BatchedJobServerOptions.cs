using System.ComponentModel.DataAnnotations;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;

namespace JobServer.BatchedStorage;

/// <summary>How a <see cref="BatchedJobServer"/> works. What is not said here is as Hangfire's own server has it.</summary>
public sealed class BatchedJobServerOptions
{
    /// <summary>
    /// Jobs that the server runs at once. Default 200: one that awaits costs no thread and no connection. Methods that do
    /// not return a task block a thread of the pool each, and so do filters that wait.
    /// </summary>
    [Range(1, 100_000)]
    public int WorkerCount { get; set; } = 200;

    /// <summary>Queues it takes jobs from, the most urgent first. Default <c>default</c>.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> Queues { get; set; } = [EnqueuedState.DefaultQueue];

    /// <summary>What it is called on the dashboard; a process id and a unique part are added. Default the machine's name.</summary>
    public string? ServerName { get; set; }

    /// <summary>Runs jobs only: neither delayed nor recurring ones are released, and nothing is cleaned up. Default false.</summary>
    public bool IsLightweightServer { get; set; }

    /// <summary>How often delayed and recurring jobs are looked for. Default 15 s.</summary>
    public TimeSpan SchedulePollingInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the server says that it lives. Default 30 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After which a server that says nothing is removed. Default 5 min.</summary>
    public TimeSpan ServerTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often such servers are looked for. Default 5 min.</summary>
    public TimeSpan ServerCheckInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long jobs may go on when the server stops, before they are cancelled. Default 500 ms.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long <see cref="BatchedJobServer.Dispose"/> waits for them in all. Default 15 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Makes the objects that jobs are methods of. Default <see cref="JobActivator.Current"/>.</summary>
    public JobActivator? Activator { get; set; }

    /// <summary>Default <see cref="JobFilterProviders.Providers"/>.</summary>
    public IJobFilterProvider? FilterProvider { get; set; }

    /// <summary>Default Hangfire's.</summary>
    public ITimeZoneResolver? TimeZoneResolver { get; set; }
}
