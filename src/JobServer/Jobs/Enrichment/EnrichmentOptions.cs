using System.ComponentModel.DataAnnotations;

namespace JobServer.Jobs.Enrichment;

/// <summary>What one submission of an enrichment job may hold.</summary>
internal sealed class EnrichmentOptions
{
    public const string Section = "Jobs:Enrichment";

    /// <summary>Bytes of one submission's body, its records included. Default 16 MiB; 1 KiB to 1 GiB.</summary>
    [Range(1L << 10, 1L << 30)]
    public long MaxRequestBytes { get; init; } = 16L << 20;
}
