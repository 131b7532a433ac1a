using System.Buffers;

namespace JobServer.Outbound;

/// <summary>
/// Which headers a caller may give for a request. Refused are those that frame or route a message, that belong to the
/// connection, and that describe a body: what they say is decided here, not by a caller.
/// </summary>
internal static class RequestHeaders
{
    /// <summary>Headers that one request may bring.</summary>
    public const int MaxCount = 32;

    private const int MaxNameLength = 128;
    private const int MaxValueLength = 8192;

    /// <summary>tchar of RFC 9110 section 5.6.2.</summary>
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Encoding", // bodies are decompressed here, by what was asked for here
        "Allow", // Allow, Expires and Last-Modified describe a response
        "Connection",
        "Expect",
        "Expires",
        "Host",
        "HTTP2-Settings",
        "If-Range",
        "Keep-Alive",
        "Last-Modified",
        "Range", // a part of a compressed body cannot be decompressed
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
    };

    private static readonly string[] ReservedPrefixes = ["Content-", "Proxy-", "Sec-"];

    /// <summary>Why a header may not be sent, in plain words without a full stop, or null if it may.</summary>
    public static string? Refusal(string name, string value) => NameRefusal(name) ?? ValueRefusal(value);

    /// <summary>Why a text may not be the value of a header, or null if it may.</summary>
    public static string? ValueRefusal(string value)
    {
        if (value.Length > MaxValueLength)
            return $"a header value has at most {MaxValueLength} characters";
        if (value.Length > 0 && (value[0] is ' ' or '\t' || value[^1] is ' ' or '\t'))
            return "a header value neither begins nor ends with a space";

        foreach (var c in value)
        {
            if (c is (< ' ' or > '~') and not '\t')
                return "a header value has only printable ASCII characters, spaces and tabs";
        }

        return null;
    }

    private static string? NameRefusal(string name)
    {
        if (name.Length is 0 or > MaxNameLength)
            return $"a header name has 1 to {MaxNameLength} characters";
        if (name.AsSpan().ContainsAnyExcept(NameCharacters))
            return "a header name has only letters, digits and !#$%&'*+-.^_`|~";
        if (Reserved.Contains(name))
            return $"the header {name} is set by the server";

        foreach (var prefix in ReservedPrefixes)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return $"headers that begin with {prefix} are set by the server";
        }

        return null;
    }
}
