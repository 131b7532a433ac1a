using System.Diagnostics.CodeAnalysis;
using System.Text;
using JobServer.Outbound;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>
/// A URL with fields in braces after its authority: <c>https://host/people/{email}?q={city}</c>. A brace that stands
/// for itself is written twice.
/// </summary>
internal sealed class UrlTemplate
{
    private readonly string[] _literals;

    private UrlTemplate(string text, string[] literals, string[] fields, string host)
    {
        (Text, _literals, Fields, Host) = (text, literals, fields, host);
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The fields in the order of their places.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Host and port, the same for all records.</summary>
    public string Host { get; }

    /// <summary>Reads a template; <paramref name="refusal"/> says what is wrong with it, in plain words.</summary>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out UrlTemplate? template,
        [NotNullWhen(false)] out string? refusal
    )
    {
        template = null;
        var literals = new List<string>();
        var fields = new List<string>();
        refusal = Split(text, literals, fields) ?? PrefixRefusal(literals[0], fields.Count);
        if (refusal is not null || !OutboundUrl.TryParse(string.Join('x', literals), out var url, out refusal))
            return false;
        template = new UrlTemplate(text, [.. literals], [.. fields], url.Authority);
        return true;
    }

    /// <summary>The URL with these texts, in the order of <see cref="Fields"/>, each percent-encoded.</summary>
    /// <param name="refusal">Why there is none, as the rest of a sentence about the fields.</param>
    public bool TryExpand(
        IReadOnlyList<string> texts,
        [NotNullWhen(true)] out string? url,
        [NotNullWhen(false)] out string? refusal
    )
    {
        var expanded = new StringBuilder(_literals[0]);
        var dots = false;
        for (var index = 0; index < texts.Count; index++)
        {
            // Dots are not encoded, and would be of no other meaning if they were.
            dots |= texts[index] is "." or "..";
            expanded.Append(Uri.EscapeDataString(texts[index])).Append(_literals[index + 1]);
        }

        url = expanded.ToString();
        refusal =
            url.Length > OutboundUrl.MaxLength ? $"would make a URL of more than {OutboundUrl.MaxLength} characters"
            : dots && HasDotSegment(url) ? "would be a path segment of dots only, which leads to another path"
            : null;
        return refusal is null;
    }

    private static bool HasDotSegment(string url)
    {
        var end = url.AsSpan().IndexOfAny('?', '#');
        return (end < 0 ? url : url[..end]).Split('/').Any(segment => segment is "." or "..");
    }

    /// <summary>Cuts at the placeholders: one literal more than there are fields.</summary>
    private static string? Split(string text, List<string> literals, List<string> fields)
    {
        var literal = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            var next = text[at];
            if (next is not ('{' or '}'))
            {
                literal.Append(next);
            }
            else if (at + 1 < text.Length && text[at + 1] == next)
            {
                literal.Append(next);
                at++;
            }
            else
            {
                var length = next == '{' ? text.AsSpan(at + 1).IndexOfAny('{', '}') : -1;
                if (length < 0 || text[at + 1 + length] != '}')
                    return $"the brace at character {at + 1} has no other; one that stands for itself is written twice";
                if (length is 0 or > StepFields.MaxNameLength)
                    return $"the name of a field has 1 to {StepFields.MaxNameLength} characters, unlike the one in braces at character {at + 1}";
                fields.Add(text.Substring(at + 1, length));
                literals.Add(literal.ToString());
                literal.Clear();
                at += length + 1;
            }
        }

        literals.Add(literal.ToString());
        return null;
    }

    private static string? PrefixRefusal(string prefix, int fields)
    {
        var authority = prefix.IndexOf("://", StringComparison.Ordinal);
        return fields == 0 || (authority >= 0 && prefix.AsSpan(authority + 3).ContainsAny('/', '?', '#'))
            ? null
            : "fields in braces may stand only after scheme, host and port";
    }
}
