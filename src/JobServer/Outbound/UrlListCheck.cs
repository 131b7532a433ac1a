namespace JobServer.Outbound;

/// <summary>
/// Judges the URLs of one list as <see cref="OutboundUrl.Refusal"/> does, one after the other. Most lists name one host
/// many times in a row, and what leads to the path is what parsing costs: it is parsed once.
/// </summary>
internal sealed class UrlListCheck
{
    private string _passed = "";

    /// <summary>Why a URL cannot be fetched, in plain words without a full stop, or null if it can.</summary>
    public string? Refusal(string url)
    {
        // After scheme, host and port no text is wrong that has no control character and is not too long.
        if (_passed.Length > 0 && url.StartsWith(_passed, StringComparison.Ordinal))
            return OutboundUrl.TextRefusal(url);

        var refusal = OutboundUrl.Refusal(url);
        if (refusal is null)
            _passed = UpToPath(url);
        return refusal;
    }

    private static string UpToPath(string url)
    {
        var authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var length = authority < 3 ? 0 : url.AsSpan(authority).IndexOfAny("/\\?#");
        return length > 0 && url[authority + length] == '/' ? url[..(authority + length + 1)] : "";
    }
}
