using System.Security.Cryptography;
using System.Text.Json;

namespace JobServer.Hosting.Demo.Fetch;

/// <summary>One URL of the demo.</summary>
/// <param name="Page">The kind of page it leads to, as the summary names it.</param>
/// <param name="Answer">What such a page answers, in short.</param>
internal sealed record PlannedUrl(string Page, string Answer, Uri Url, Expectation Expected);

/// <summary>The URLs the demo fetches, in the order they are submitted, and what must come of each.</summary>
internal sealed class FetchPlan(Uri api)
{
    /// <summary>Attempts in all that the demo asks for.</summary>
    public const int MaxAttempts = 3;

    // Nobody listens on tcpmux, so the connection is refused at once.
    private const string Nobody = "http://127.0.0.1:1/";

    /// <summary>All of them, each kind of page spread evenly over the list.</summary>
    public IReadOnlyList<PlannedUrl> Items { get; } =
    [
        .. AllPages(api)
            .SelectMany(page => page.Select((item, n) => (item, place: (n + 0.5) / page.Length)))
            .OrderBy(spread => spread.place)
            .Select(spread => spread.item),
    ];

    public int Failures => Items.Count(item => item.Expected.ErrorCode is not null);

    /// <summary>The body of the submission.</summary>
    public object Submission =>
        new
        {
            urls = Items.Select(item => item.Url),
            options = new
            {
                concurrency = 20,
                perHostConcurrency = 20,
                retry = new
                {
                    maxAttempts = MaxAttempts,
                    baseDelay = "00:00:00.1",
                    maxDelay = "00:00:10",
                },
                maxBodyBytes = SampleApi.LargeBytes / 2,
            },
            tags = new[] { "demo" },
        };

    private static IEnumerable<PlannedUrl[]> AllPages(Uri api) =>
        [
            Pages(api, "/users/N", "JSON", 150, n => Expectation.Success(value => IsUser(value, n))),
            Pages(api, "/slow/N", "JSON, but slowly", 60, n => Expectation.Success(value => IsUser(value, n))),
            Pages(
                api,
                "/flaky/N",
                "503 twice, then JSON",
                30,
                n => Expectation.Success(v => IsUser(v, n), attempts: 3)
            ),
            // Waiting as long as Retry-After asks costs no attempt.
            Pages(api, "/limited/N", "429 once, then JSON", 20, n => Expectation.Success(value => IsUser(value, n))),
            Pages(api, "/moved/N", "302 to /users/N", 20, n => Expectation.Success(value => HasMoved(value, n))),
            Pages(api, "/text/N", "text", 8, n => Expectation.Success(v => Text(v, "text") == SampleApi.TextOf(n))),
            Pages(api, "/binary/N", "bytes", 8, n => Expectation.Success(v => Text(v, "sha256") == HashOf(n))),
            Pages(api, "/missing/N", "404", 20, _ => Expectation.Failure("http_404")),
            Pages(api, "/broken/N", "500", 10, _ => Expectation.Failure("http_500", MaxAttempts)),
            Pages(api, "/large/N", "too many bytes", 4, _ => Expectation.Failure("body_too_large")),
            Pages(api, "/away/N", "302 to the next", 2, _ => Expectation.Failure("address_refused")),
            [new("cloud metadata", "", new Uri(SampleApi.Metadata), Expectation.Failure("address_refused"))],
            [new("closed port", "", new Uri(Nobody), Expectation.Failure("connect_failed", MaxAttempts))],
        ];

    private static PlannedUrl[] Pages(
        Uri api,
        string path,
        string answer,
        int count,
        Func<int, Expectation> expected
    ) =>
        [
            .. Enumerable
                .Range(1, count)
                .Select(n => new PlannedUrl(path, answer, new Uri(api, path.Replace("N", $"{n}")), expected(n))),
        ];

    private static bool IsUser(JsonElement value, int n) =>
        value.TryGetProperty("data", out var data) && data.GetProperty("id").GetInt32() == n;

    private static bool HasMoved(JsonElement value, int n) =>
        IsUser(value, n) && Text(value, "finalUrl") is { } url && new Uri(url).AbsolutePath == $"/users/{n}";

    private static string? Text(JsonElement value, string member) =>
        value.TryGetProperty(member, out var text) ? text.GetString() : null;

    private static string HashOf(int n) => Convert.ToHexStringLower(SHA256.HashData(SampleApi.BytesOf(n)));
}
