using Deque.AxeCore.Playwright;
using JobServer.IntegrationTests.Fixtures;
using Microsoft.Playwright;

namespace JobServer.IntegrationTests.Access;

/// <summary>The pages in a real browser, which says what their policies would not let them do.</summary>
public sealed class PageTests(RunningHost running) : IClassFixture<RunningHost>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Somebody_signs_in_looks_around_acts_and_signs_out()
    {
        var urls = new[] { $"{running.Peer.Url}/json/1" };
        await running.Jobs.RunAsync(new { urls }, Cancel);
        var hanging = (
            await running.Jobs.SubmitAsync(new { urls = new[] { $"{running.Peer.Url}/hang" } }, Cancel)
        ).Id();
        await using var browser = await Browser.OpenAsync($"{Url}hangfire/ledger");
        var page = browser.Page;

        Assert.StartsWith($"{Url}sign-in", page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain((await page.RunAxe()).Violations, found => found.Impact is "serious" or "critical");
        await page.GetByLabel("API key").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        Assert.Contains("not known", await page.GetByRole(AriaRole.Alert).TextContentAsync(), StringComparison.Ordinal);
        // The browser's own line about the answer's status.
        Assert.Contains("403", Assert.Single(browser.Said), StringComparison.Ordinal);
        browser.Said.Clear();
        await page.GetByLabel("API key").FillAsync(HostProcess.Key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Jobs" }).First.WaitForAsync();

        page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = $"Cancel {hanging}" }).ClickAsync();
        await running.Jobs.WaitForEndAsync(hanging, Cancel);
        foreach (
            var path in new[]
            {
                "hangfire",
                "hangfire/jobs/enqueued",
                "hangfire/jobs/succeeded",
                "hangfire/recurring",
                "hangfire/retries",
                "hangfire/servers",
                "scalar",
            }
        )
        {
            await page.GotoAsync(Url + path, new() { WaitUntil = WaitUntilState.NetworkIdle });
            Assert.True(
                browser.Said.IsEmpty,
                $"{path}: {string.Join('\n', browser.Said)}\n{string.Join('\n', browser.Requests)}"
            );
        }

        await page.GotoAsync($"{Url}hangfire/ledger");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByLabel("API key").WaitForAsync();
        Assert.Empty(browser.Said);
        Assert.All(browser.Requests, url => Assert.StartsWith(Url, url, StringComparison.Ordinal));
    }

    private string Url => running.Host.Http.BaseAddress!.AbsoluteUri;
}
