using System.ComponentModel.DataAnnotations;

namespace JobServer.Jobs.Benchmark;

/// <summary>What benchmarks may do, and to whom.</summary>
internal sealed class BenchmarkOptions
{
    public const string Section = "Jobs:Benchmark";

    /// <summary>
    /// Hosts that benchmarks may call, as <c>host</c> or <c>host:port</c>; a list, or one text with commas. Their
    /// addresses must be allowed as for every other call. Default none, beside this server's own <c>/v1/sample</c>.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>Calls, threads or delays of one strategy at once. Default 256; 1 to 1000.</summary>
    [Range(1, 1000)]
    public int MaxConcurrency { get; set; } = 256;

    /// <summary>Calls of one job, those of its warm-up included. Default 1,000,000; 1 to 1,000,000,000.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxRequests { get; set; } = 1_000_000;

    /// <summary>Time one job may take, and takes at most when it does not say. Default 10 min; 1 s to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromMinutes(10);
}
