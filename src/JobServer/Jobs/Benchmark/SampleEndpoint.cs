using System.Globalization;
using System.Net.Mime;
using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Benchmark;

/// <summary>A page of this server's own to benchmark: it answers after a delay, always the same for the same URL.</summary>
internal static class SampleEndpoint
{
    public const string Path = "/v1/sample";

    private const int DefaultBytes = 100;
    private const int MaxBytes = 1 << 20;

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(10);

    /// <summary>Lines of digits, over and over again.</summary>
    private static readonly byte[] Text =
    [
        .. Enumerable.Range(0, 6400).Select(n => n % 64 == 63 ? (byte)'\n' : (byte)('0' + n % 10)),
    ];

    public static void MapSample(this IEndpointRouteBuilder app) =>
        app.MapGet(Path, AnswerAsync)
            .WithTags("Sample")
            .WithName("GetSample")
            .Needs(Scopes.ReadJobs, OwnKey.Scope)
            .WithSummary("A text of so many bytes after a delay, for benchmarks to call")
            .Produces<string>(StatusCodes.Status200OK, MediaTypeNames.Text.Plain)
            .ProducesProblem(StatusCodes.Status400BadRequest);

    private static async Task<IResult> AnswerAsync(
        string? delay,
        string? bytes,
        TimeProvider time,
        HttpContext http,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var wait = TimeSpan.Zero;
        if (delay is not null && Durations.Refusal(delay, out wait) is { } refusal)
            faults.Add("delay", refusal);
        else if (wait > MaxDelay)
            faults.Add("delay", $"must be at most {Durations.Format(MaxDelay)}");
        var length = DefaultBytes;
        if (
            bytes is not null
            && (!int.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > MaxBytes)
        )
            faults.Add("bytes", $"must be a whole number from 0 to {MaxBytes}");
        if (faults.Any)
            return Problems.Invalid(faults);

        await Task.Delay(wait, time, cancellationToken);
        http.Response.ContentType = MediaTypeNames.Text.Plain;
        http.Response.ContentLength = length;
        for (var left = length; left > 0; left -= Text.Length)
            await http.Response.Body.WriteAsync(Text.AsMemory(0, Math.Min(left, Text.Length)), cancellationToken);
        return TypedResults.Empty;
    }
}
