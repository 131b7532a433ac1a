using System.ComponentModel.DataAnnotations;

namespace JobServer.Files;

/// <summary>What one uploaded file may be, and how many may come at once.</summary>
internal sealed class UploadOptions
{
    public const string Section = "Files";

    /// <summary>Bytes of one file, after decompression. Default 10 GiB; 1 KiB to 1 TiB.</summary>
    [Range(1L << 10, 1L << 40)]
    public long MaxBytes { get; init; } = 10L << 30;

    /// <summary>Records of one file. Default 100,000,000; 1 to 2,000,000,000.</summary>
    [Range(1, 2_000_000_000)]
    public int MaxRecords { get; init; } = 100_000_000;

    /// <summary>Columns of a CSV, different member names of a JSON file. Default 2,000; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxColumns { get; init; } = 2_000;

    /// <summary>Bytes of one cell of a CSV, as UTF-8 with JSON's escapes. Default 1 MiB; 1 KiB to 64 MiB.</summary>
    [Range(1 << 10, 64 << 20)]
    public int MaxCellBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of one record, as it is stored. Default 4 MiB; 1 KiB to 64 MiB.</summary>
    [Range(1 << 10, 64 << 20)]
    public int MaxRecordBytes { get; init; } = 4 << 20;

    /// <summary>
    /// How many bytes may come out of one compressed byte; judged once more than 1 MiB came out. Default 200; 2 to 2,000.
    /// </summary>
    [Range(2, 2_000)]
    public int MaxRatio { get; init; } = 200;

    /// <summary>Time one upload may take. Default 30 min; 1 s to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Uploads this host takes at once; each holds a database connection. Default 4; 1 to 100.</summary>
    [Range(1, 100)]
    public int MaxConcurrentUploads { get; init; } = 4;
}
