using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JobServer.Outbound;

/// <summary>
/// Which URLs can be fetched at all, by their text. Where a URL leads is judged when it is connected to, by
/// <see cref="AddressGuard"/>: an address has too many spellings for a judgement here to be worth anything.
/// </summary>
internal static class OutboundUrl
{
    public const int MaxLength = 8192;

    /// <summary>A DNS name cannot be longer, RFC 1035.</summary>
    private const int MaxHostLength = 253;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789ABCDEFabcdef");

    /// <summary>Why a URL cannot be fetched, in plain words without a full stop, or null if it can.</summary>
    public static string? Refusal(string text) => TryParse(text, out _, out var refusal) ? null : refusal;

    /// <summary>Why no URL may be written like this, or null: this alone says nothing for it.</summary>
    public static string? TextRefusal(string text)
    {
        if (text.Length > MaxLength)
            return $"a URL has at most {MaxLength} characters";

        return HasControls(text) ? "a URL has no control characters" : null;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? refusal)
    {
        url = null;
        refusal = TextRefusal(text);
        if (refusal is not null)
            return false;

        if (!Uri.TryCreate(text, UriKind.Absolute, out var parsed))
        {
            refusal = "it is not an absolute URL";
            return false;
        }

        refusal = PartsRefusal(parsed, text);
        if (refusal is not null)
            return false;

        url = parsed;
        return true;
    }

    /// <summary>Whether the scheme is one that is fetched.</summary>
    public static bool IsHttp(Uri url) =>
        url.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.Ordinal)
        || url.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.Ordinal);

    /// <summary>Whether the host can be asked for: a name that DNS can hold once it is written in ASCII, or an address.</summary>
    public static bool HasValidHost(Uri url)
    {
        try
        {
            return url.IdnHost.Length is > 0 and <= MaxHostLength
                && Ascii.IsValid(url.IdnHost)
                && (url.HostNameType != UriHostNameType.Dns || !EndsInNumber(url.IdnHost));
        }
        // Parsing lets names pass that have no ASCII form; only asking for it tells.
        catch (UriFormatException)
        {
            return false;
        }
    }

    /// <summary>
    /// No name of the internet ends in a number, but resolvers of some systems take such a name for an address that
    /// <see cref="Uri"/> did not see in it: <c>127.0.0.1.</c>, or a part too large. So a browser refuses it, too.
    /// </summary>
    private static bool EndsInNumber(ReadOnlySpan<char> host)
    {
        if (host is [.., '.'])
            host = host[..^1];
        var last = host[(host.LastIndexOf('.') + 1)..];
        return last.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? !last[2..].ContainsAnyExcept(Hex)
            : last.Length > 0 && !last.ContainsAnyExceptInRange('0', '9');
    }

    private static string? PartsRefusal(Uri url, string text)
    {
        // On Unix a path such as /etc/passwd parses as an absolute file URL.
        if (url.IsFile && text.StartsWith('/'))
            return "it is not an absolute URL";
        if (!IsHttp(url))
            return "only http and https URLs can be fetched";
        if (url.UserInfo.Length > 0)
            return "a URL carries no user name or password; send an Authorization header instead";

        if (url.Host.Length == 0)
            return "a URL names a host";
        return HasValidHost(url) ? null : "the host name is not valid";
    }

    // What char.IsControl says of any character.
    private static bool HasControls(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('\0', '\u001F') || text.ContainsAnyInRange('\u007F', '\u009F');
}
