using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Fetch;

/// <summary>
/// Reads an item of a fetch job: a URL, or <c>{"url", "key", "headers"}</c>. A bare URL is stored as a JSON string, so
/// is an object that adds nothing to it; others as an object with these members in this order, absent ones left out.
/// </summary>
/// <param name="refuseUrl">Why a URL is refused, or null.</param>
/// <param name="refuseHeader">Why a header, by name and value, is refused, or null.</param>
internal sealed class FetchItemReader(Func<string, string?> refuseUrl, Func<string, string, string?> refuseHeader)
    : IItemReader
{
    public const int MaxKeyLength = 512;
    public const int MaxHeaders = 32;

    private const string Shape = "must be a URL, or an object like {\"url\": \"…\", \"key\": \"…\", \"headers\": {}}";

    public void Read(ref Utf8JsonReader item, Utf8JsonWriter output, ItemFaults faults)
    {
        if (item.TokenType == JsonTokenType.StartObject)
            ReadObject(ref item, output, faults);
        else if (item.TokenType != JsonTokenType.String)
            faults.Add(Shape);
        else if (refuseUrl(item.GetString()!) is { } refusal)
            faults.Add(refusal);
        else
            WriteText(ref item, output);
    }

    private void ReadObject(ref Utf8JsonReader item, Utf8JsonWriter output, ItemFaults faults)
    {
        string? url = null;
        string? key = null;
        List<KeyValuePair<string, string>> headers = [];
        var seen = new HashSet<string>(3, StringComparer.Ordinal);
        while (item.Read() && item.TokenType == JsonTokenType.PropertyName)
        {
            var name = item.GetString()!;
            item.Read();
            if (!seen.Add(name))
                faults.Add(name, "is given more than once");

            switch (name)
            {
                case "url":
                    url = ReadUrl(ref item, faults);
                    break;
                case "key":
                    key = ReadKey(ref item, faults);
                    break;
                case "headers":
                    ReadHeaders(ref item, headers, faults);
                    break;
                default:
                    faults.Add(name, "is not a known member; known: url, key, headers");
                    item.Skip();
                    break;
            }
        }

        if (!seen.Contains("url"))
            faults.Add("url", "is required");
        if (!faults.Any)
            Write(output, url!, key, headers);
    }

    private string? ReadUrl(ref Utf8JsonReader value, ItemFaults faults)
    {
        var url = ReadText(ref value);
        var refusal = url is null ? "must be a URL in double quotes" : refuseUrl(url);
        if (refusal is not null)
            faults.Add("url", refusal);
        return url;
    }

    private static string? ReadKey(ref Utf8JsonReader value, ItemFaults faults)
    {
        if (value.TokenType == JsonTokenType.Null)
            return null;

        var key = ReadText(ref value);
        if (key is null || key.Length is 0 or > MaxKeyLength)
            faults.Add("key", $"must be text of 1 to {MaxKeyLength} characters");
        else if (key.Contains('\0'))
            faults.Add("key", "must not hold the character U+0000");
        return key;
    }

    private void ReadHeaders(ref Utf8JsonReader value, List<KeyValuePair<string, string>> headers, ItemFaults faults)
    {
        if (value.TokenType == JsonTokenType.Null)
            return;
        if (value.TokenType != JsonTokenType.StartObject)
        {
            faults.Add("headers", "must be an object of texts, like {\"Accept\": \"text/csv\"}");
            value.Skip();
            return;
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (value.Read() && value.TokenType == JsonTokenType.PropertyName)
        {
            var name = value.GetString()!;
            value.Read();
            var text = ReadText(ref value);
            var refusal = text is null ? "must be text in double quotes" : refuseHeader(name, text);
            if (!names.Add(name))
                refusal = "is given more than once (upper and lower case are the same)";

            if (refusal is not null)
                faults.Add($"headers.{name}", refusal);
            else
                headers.Add(new(name, text!));
        }

        if (names.Count > MaxHeaders)
            faults.Add("headers", $"must be at most {MaxHeaders}");
    }

    private static string? ReadText(ref Utf8JsonReader value)
    {
        if (value.TokenType == JsonTokenType.String)
            return value.GetString();

        value.Skip();
        return null;
    }

    private static void Write(
        Utf8JsonWriter output,
        string url,
        string? key,
        List<KeyValuePair<string, string>> headers
    )
    {
        if (key is null && headers.Count == 0)
        {
            output.WriteStringValue(url);
            return;
        }

        output.WriteStartObject();
        output.WriteString("url"u8, url);
        if (key is not null)
            output.WriteString("key"u8, key);
        if (headers.Count > 0)
        {
            output.WriteStartObject("headers"u8);
            foreach (var (name, text) in headers)
                output.WriteString(name, text);
            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private static void WriteText(ref Utf8JsonReader item, Utf8JsonWriter output)
    {
        if (item.ValueIsEscaped)
            output.WriteStringValue(item.GetString());
        else
            output.WriteStringValue(item.ValueSpan);
    }
}
