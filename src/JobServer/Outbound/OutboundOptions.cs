using System.ComponentModel.DataAnnotations;

namespace JobServer.Outbound;

/// <summary>
/// How this process calls other hosts. Left alone, it reaches the public internet and nothing else.
/// </summary>
internal sealed class OutboundOptions
{
    public const string Section = "Outbound";

    /// <summary>
    /// Networks that may be reached beside the public internet, in CIDR form, such as <c>10.1.0.0/16</c> or
    /// <c>fd00::/8</c>; a list, or one text with commas. An IPv4 network also covers its IPv4-mapped IPv6 form.
    /// Default none: loopback, private, link-local and every other special-purpose address is refused.
    /// </summary>
    public IReadOnlyList<string> AllowedNetworks { get; set; } = [];

    /// <summary>
    /// Open connections to one scheme, host and port; further requests wait for one. Default 256, 1 to 10,000.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxConnectionsPerHost { get; set; } = 256;

    /// <summary>
    /// Time to resolve a name and connect, all addresses together. The TLS handshake may take as long again.
    /// Default 5 s, 100 ms to 2 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:02:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time an unused connection is kept for the next request. Default 30 s, 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ConnectionIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Age at which a connection is replaced, so that DNS changes are followed. Default 5 min, 1 s to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ConnectionLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Redirects followed for one request. Default 5, 0 (the redirect is an error) to 20.</summary>
    [Range(0, 20)]
    public int MaxRedirects { get; set; } = 5;

    /// <summary>Largest header section of a response, in KiB. Default 64, 1 to 1,024.</summary>
    [Range(1, 1024)]
    public int MaxResponseHeadersKilobytes { get; set; } = 64;

    /// <summary>
    /// The <c>User-Agent</c> of requests that bring none of their own. Default <c>JobServer/</c> and the version;
    /// 1 to 256 printable ASCII characters.
    /// </summary>
    [Required, StringLength(256)]
    public string UserAgent { get; set; } =
        $"JobServer/{typeof(OutboundOptions).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>
    /// Share of failed calls to a host at which its circuit breaker opens. Default 0.5, 0.01 to 1.
    /// </summary>
    [Range(0.01, 1.0)]
    public double BreakerFailureRatio { get; set; } = 0.5;

    /// <summary>Calls within the window below which the breaker never opens. Default 50, 2 to 100,000.</summary>
    [Range(2, 100_000)]
    public int BreakerMinimumCalls { get; set; } = 50;

    /// <summary>Time over which a breaker counts calls and failures. Default 10 s, 500 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan BreakerWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Time an open breaker refuses calls before it lets one try. Default 5 s, 500 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan BreakerOpenTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Hosts whose breakers are remembered; the ones unused for longest make room. Default 10,000, 10 to 1,000,000.
    /// </summary>
    [Range(10, 1_000_000)]
    public int MaxTrackedHosts { get; set; } = 10_000;
}
