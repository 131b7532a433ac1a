using System.ComponentModel.DataAnnotations;

namespace JobServer.Jobs.Fetch;

/// <summary>What one submission of a fetch job may hold.</summary>
internal sealed class FetchOptions
{
    public const string Section = "Jobs:Fetch";

    /// <summary>URLs of one job. Default 1,000,000; 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxUrls { get; init; } = 1_000_000;

    /// <summary>Bytes of one submission's body. Default 128 MiB; 1 KiB to 1 GiB.</summary>
    [Range(1L << 10, 1L << 30)]
    public long MaxRequestBytes { get; init; } = 128L << 20;
}
