using System.ComponentModel.DataAnnotations;

namespace JobServer.Access;

/// <summary>What one client may take of the server. The sizes of single requests are with what they are sent to.</summary>
internal sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>
    /// Requests a minute of one key, and of one address without a key; so many at once, too. Default 6,000; 1 to 10,000,000.
    /// The key of the configuration has no limit.
    /// </summary>
    [Range(1, 10_000_000)]
    public int RequestsPerMinute { get; init; } = 6_000;

    /// <summary>
    /// Jobs of one tenant that have not ended. Default 1,000,000; 1 to 1,000,000,000. Hosts count every few seconds, so that
    /// several may together pass it by what they accept in between.
    /// </summary>
    [Range(1, 1_000_000_000)]
    public int UnfinishedJobs { get; init; } = 1_000_000;

    /// <summary>
    /// Bytes of one tenant's files, and of records that came with jobs. Default 107,374,182,400 (100 GiB); 1 to 2^53.
    /// </summary>
    [Range(1, 1L << 53)]
    public long StoredBytes { get; init; } = 100L << 30;
}
