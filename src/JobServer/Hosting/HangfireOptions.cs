using System.ComponentModel.DataAnnotations;

namespace JobServer.Hosting;

/// <summary>What of Hangfire's storage may be tuned.</summary>
internal sealed class HangfireOptions
{
    public const string Section = "Hangfire";

    /// <summary>How late another host's enqueue may be noticed when its signal was lost. Default 5 s; 0.1 s to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan QueuePollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After a host was killed, its lanes run again this much later. Renewed every fourth of it while the host lives, so
    /// work may take longer. Default 20 s; 2 s to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:02", "01:00:00")]
    public TimeSpan LeaseTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
