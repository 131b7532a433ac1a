using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace JobServer.IntegrationTests.Fixtures;

/// <summary>A page in a real browser without a window, with cookies of its own, and what the browser had to say about it.</summary>
internal sealed class Browser : IAsyncDisposable
{
    // As root there is no sandbox; nothing but the page may call out.
    private static readonly string[] Arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ];

    // Milliseconds, for one step: other tests run meanwhile.
    private const int Patience = 60_000;

    // One process for all tests; it ends with ours, whose end the driver between them sees.
    private static readonly Lazy<Task<IBrowser>> Process = new(StartAsync);

    private Browser(IPage page)
    {
        Page = page;
        page.Request += (_, request) => Requests.Enqueue(request.Url);
        page.Console += (_, line) =>
        {
            // Not what scripts greet with, nor advice to authors of pages.
            if (line.Type is "error" or "warning")
                Said.Enqueue($"{line.Type}: {line.Text}");
        };
        page.PageError += (_, error) => Said.Enqueue($"error: {error}");
    }

    public IPage Page { get; }

    /// <summary>All that it asked for, the page itself included.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Warnings and errors of its console, violations of the page's policy among them, and errors of scripts.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>The answer that the page came with.</summary>
    public IResponse Response { get; private set; } = null!;

    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="key">Sent along with all that is asked for.</param>
    public static async Task<Browser> OpenAsync(
        string url,
        int width = 1400,
        ColorScheme scheme = ColorScheme.Light,
        string? key = null
    )
    {
        var process = await Process.Value.WaitAsync(TestContext.Current.CancellationToken);
        var page = await process.NewPageAsync(
            new()
            {
                ColorScheme = scheme,
                ViewportSize = new() { Width = width, Height = 900 },
                ExtraHTTPHeaders = key is null ? [] : [KeyValuePair.Create("Authorization", $"Bearer {key}")],
            }
        );
        page.SetDefaultTimeout(Patience);
        var browser = new Browser(page);
        browser.Response = (await page.GotoAsync(url))!;
        return browser;
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();

    private static async Task<IBrowser> StartAsync()
    {
        var program = await Task.Run(Chromium.FindOrInstall);
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = program,
                Args = Arguments,
                Timeout = Patience,
            }
        );
    }
}
