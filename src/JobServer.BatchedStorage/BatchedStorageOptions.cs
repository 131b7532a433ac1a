using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace JobServer.BatchedStorage;

/// <summary>How <see cref="BatchedPostgreSqlStorage"/> works. Every default is safe.</summary>
public sealed class BatchedStorageOptions : IValidatableObject
{
    /// <summary>Schema of Hangfire's tables; lower-case letters, digits and underscores. Default <c>hangfire</c>.</summary>
    [RegularExpression("^[a-z_][a-z0-9_]{0,40}$")]
    public string SchemaName { get; set; } = "hangfire";

    /// <summary>
    /// Installs what is missing of the schema at start. Default true; false where the application's role may not, and
    /// <see cref="BatchedSchema"/> is run by one that may.
    /// </summary>
    public bool PrepareSchema { get; set; } = true;

    /// <summary>How late a job is seen at most when the signal that it is there was lost. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan QueuePollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections to the database at most, whatever the number of workers; at least 7. Default 8.</summary>
    [Range(7, 1000)]
    public int MaxConnections { get; set; } = 8;

    /// <summary>
    /// How often the process renews its lease, on which all the jobs that it runs hang, and looks for leases that are over.
    /// Default 10 s; at most half of <see cref="LeaseTimeout"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan LeaseRenewalInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after its last renewal the jobs of a process are run by others. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How late a job that an async worker runs learns at most that its state was changed, as by a delete on the dashboard.
    /// Default 1 s: one statement for all jobs of the process, none while none runs.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan CancellationCheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often rows that have expired are deleted. Default 1 min; while there are many, without a rest.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan ExpirationCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the rows of counters are summed up. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan CountersAggregateInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How processes tell each other of new jobs. Default LISTEN and NOTIFY on a connection of the storage's own.</summary>
    public ISignalChannel? Signals { get; set; }

    /// <summary>Where the storage's warnings go. Default nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LeaseRenewalInterval > LeaseTimeout / 2)
        {
            yield return new ValidationResult(
                $"{nameof(LeaseRenewalInterval)} must be at most half of {nameof(LeaseTimeout)}: a lease that is renewed but "
                    + "once before it is over is lost with one answer that is late.",
                [nameof(LeaseRenewalInterval)]
            );
        }
    }
}
