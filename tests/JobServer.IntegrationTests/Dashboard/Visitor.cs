using System.Net;
using System.Text.RegularExpressions;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Dashboard;

/// <summary>Somebody with a browser: who has signed in, with cookies and the tokens of the page.</summary>
public sealed partial class Visitor : IDisposable
{
    private readonly HttpClient _http;
    private readonly string? _key;
    private bool _isSignedIn;

    public Visitor(HostProcess host, string? key = HostProcess.Key)
    {
        _key = key;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = host.Http.BaseAddress, Timeout = TimeSpan.FromSeconds(60) };
        // A browser's, which is led to the page to sign in where another client is told so.
        _http.DefaultRequestHeaders.Add("Accept", "text/html,*/*;q=0.8");
    }

    /// <summary>Shows the key, as it is done on the page for it.</summary>
    public async Task<HttpResponseMessage> SignInAsync(
        string key,
        CancellationToken cancellationToken,
        string returnUrl = "/hangfire/ledger"
    )
    {
        var path = $"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}";
        var page = await _http.GetStringAsync(path, cancellationToken);
        using var form = new FormUrlEncodedContent(
            Inputs
                .Matches(page)
                .Select(input => KeyValuePair.Create(input.Groups["name"].Value, input.Groups["value"].Value))
                .Append(KeyValuePair.Create("key", key))
        );
        return await _http.PostAsync("/sign-in", form, cancellationToken);
    }

    public async Task<HttpResponseMessage> GetAsync(string path, CancellationToken cancellationToken)
    {
        if (_key is not null && !_isSignedIn)
        {
            using var answer = await SignInAsync(_key, cancellationToken);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            _isSignedIn = true;
        }

        return await _http.GetAsync(path, cancellationToken);
    }

    public async Task<HttpResponseMessage> SignOutAsync(CancellationToken cancellationToken)
    {
        var page = await ReadAsync("/sign-out", cancellationToken);
        using var form = new FormUrlEncodedContent(
            Inputs
                .Matches(page)
                .Select(input => KeyValuePair.Create(input.Groups["name"].Value, input.Groups["value"].Value))
        );
        return await _http.PostAsync("/sign-out", form, cancellationToken);
    }

    /// <summary>Posts as a script of the page would that forgot the token.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        string path,
        HttpContent content,
        CancellationToken cancellationToken
    ) => await _http.PostAsync(path, content, cancellationToken);

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

    [GeneratedRegex("type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\"", RegexOptions.None, 1000)]
    private static partial Regex Inputs { get; }

    [GeneratedRegex("<meta name=\"(?<name>[a-z-]+)\" content=\"(?<content>[^\"]+)\">", RegexOptions.None, 1000)]
    private static partial Regex Metas { get; }
}
