using System.Net;
using System.Text.RegularExpressions;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Dashboard;

/// <summary>Somebody with a browser: cookies, the tokens of the page, and where need be a proxy in between.</summary>
public sealed partial class Visitor : IDisposable
{
    private readonly HttpClient _http;

    public Visitor(HostProcess host, string? forwardedFor = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = host.Http.BaseAddress, Timeout = TimeSpan.FromSeconds(60) };
        if (forwardedFor is not null)
            _http.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
    }

    public Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellationToken) =>
        _http.GetAsync(path, cancellationToken);

    /// <summary>A page that must be shown.</summary>
    public async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await GetAsync(path, cancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>A page that must be shown, and must come to say this.</summary>
    public async Task<string> WaitForAsync(string path, string text, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        var page = "";
        while (!WebUtility.HtmlDecode(page).Contains(text, StringComparison.Ordinal))
        {
            Assert.False(limit.IsCancellationRequested, $"Not on {path} in time: {text}\n{page}");
            page = await ReadAsync(path, cancellationToken);
        }

        return page;
    }

    /// <summary>What the table says of one job.</summary>
    public async Task<string> RowAsync(string id, CancellationToken cancellationToken)
    {
        var page = await ReadAsync("/hangfire/ledger", cancellationToken);
        var start = page.IndexOf($"<tr id=\"job-{id}\">", StringComparison.Ordinal);
        Assert.True(start >= 0, page);
        return page[start..page.IndexOf("</tr>", start, StringComparison.Ordinal)];
    }

    /// <summary>Presses a button: with the page's token, as the page's script does.</summary>
    public async Task<HttpResponseMessage> PressAsync(string path, CancellationToken cancellationToken)
    {
        var page = await ReadAsync("/hangfire/ledger", cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add(Meta(page, "csrf-header"), Meta(page, "csrf-token"));
        return await _http.SendAsync(request, cancellationToken);
    }

    /// <summary>Posts as a page of somebody else's would: with the cookie, without a token.</summary>
    public async Task<HttpResponseMessage> PressWithoutTokenAsync(string path, CancellationToken cancellationToken)
    {
        await ReadAsync("/hangfire/ledger", cancellationToken);
        return await _http.PostAsync(path, content: null, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static string Meta(string page, string name) =>
        Metas.Matches(page).Single(match => match.Groups["name"].Value == name).Groups["content"].Value;

    [GeneratedRegex("<meta name=\"(?<name>[a-z-]+)\" content=\"(?<content>[^\"]+)\">", RegexOptions.None, 1000)]
    private static partial Regex Metas { get; }
}
