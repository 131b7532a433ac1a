namespace JobServer.Jobs.Input;

/// <summary>How much one submission may hold. Sizes are in bytes of the JSON as sent.</summary>
internal sealed record SubmissionLimits
{
    public static readonly SubmissionLimits Default = new();

    /// <summary>The whole body, after decompression. Default 128 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Default 1,000,000.</summary>
    public int MaxItems { get; init; } = 1_000_000;

    /// <summary>One item. Default 16 KiB.</summary>
    public int MaxItemBytes { get; init; } = 16 * 1024;

    /// <summary>One member beside the items. Default 64 KiB.</summary>
    public int MaxMemberBytes { get; init; } = 64 * 1024;

    /// <summary>All members beside the items, names included. Default 256 KiB.</summary>
    public int MaxEnvelopeBytes { get; init; } = 256 * 1024;

    /// <summary>The name of a top-level member, quotes included. Default 256.</summary>
    public int MaxNameBytes { get; init; } = 256;

    /// <summary>Levels of lists and objects, the document's own included. Default 64.</summary>
    public int MaxDepth { get; init; } = 64;
}
