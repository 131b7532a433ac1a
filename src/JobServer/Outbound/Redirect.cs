using System.Text;

namespace JobServer.Outbound;

/// <summary>Where a response sends its reader, RFC 9110 section 15.4.</summary>
internal static class Redirect
{
    /// <summary>
    /// The URL to go on with, or null when the response is the answer: because it is no redirect, or because it is one
    /// that is not followed (no usable <c>Location</c>, another scheme than http and https, from https down to http).
    /// </summary>
    public static Uri? Target(Uri url, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
            return null;
        if (!response.Headers.NonValidated.TryGetValues("Location", out var values) || values.Count != 1)
            return null;

        return Target(url, values.ToString());
    }

    public static Uri? Target(Uri url, string location)
    {
        location = DecodeUtf8(location);
        if (!Uri.TryCreate(url, location, out var target) || !IsFollowed(url, target))
            return null;

        // A fragment is not sent, but stays with the URL unless the redirect brings its own.
        if (target.UserInfo.Length == 0 && (target.Fragment.Length > 0 || url.Fragment.Length == 0))
            return target;

        var parts = new UriBuilder(target) { UserName = "", Password = "" };
        if (target.Fragment.Length == 0)
            parts.Fragment = url.Fragment;
        return parts.Uri;
    }

    public static bool IsSameOrigin(Uri a, Uri b) => HostAuthority.Of(a) == HostAuthority.Of(b);

    private static bool IsFollowed(Uri url, Uri target) =>
        OutboundUrl.IsHttp(target)
        && target.OriginalString.Length <= OutboundUrl.MaxLength
        && OutboundUrl.HasValidHost(target)
        && (target.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp);

    /// <summary>Header bytes arrive as Latin-1; servers that send more than ASCII here mean UTF-8.</summary>
    private static string DecodeUtf8(string location)
    {
        if (Ascii.IsValid(location))
            return location;

        var text = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(location));
        return text.Contains('\uFFFD') ? location : text;
    }
}
