using System.Runtime.InteropServices;
using System.Text.Json;
using JobServer.Jobs.Input;
using JobServer.Outbound;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Reads a step that looks something up.</summary>
internal static class LookupReader
{
    private const int MaxSelected = 50;

    private static readonly TimeSpan LongestCached = TimeSpan.FromDays(30);

    public static IStep? Read(Fields fields)
    {
        var url = ReadUrl(fields);
        var select = ReadSelect(fields);
        var into = fields.OptionalText("into", 1, StepFields.MaxNameLength);
        if (!fields.TryGet("into", out _) && !fields.TryGet("select", out _))
            fields.Refuse("into", "is required where nothing is selected: it names the column of the whole body");
        var headers = ReadHeaders(fields);
        var onError = fields.Choice("onError", "reject", "reject", "null");
        var cacheFor = fields.Duration("cacheFor", TimeSpan.FromHours(1), TimeSpan.Zero, LongestCached);
        return url is null ? null : new LookupStep(url, select, into, headers, onError == "null", cacheFor);
    }

    private static UrlTemplate? ReadUrl(Fields fields)
    {
        var text = fields.Text("url", 1, OutboundUrl.MaxLength);
        if (text.Length == 0)
            return null;
        if (!UrlTemplate.TryParse(text, out var template, out var refusal))
            fields.Refuse("url", refusal);
        return template;
    }

    private static List<KeyValuePair<string, JsonPath>> ReadSelect(Fields fields)
    {
        List<KeyValuePair<string, JsonPath>> select = [];
        foreach (var (column, text) in ReadTexts(fields, "select", MaxSelected, "like {\"city\": \"$.address.city\"}"))
        {
            var member = $"select.{column}";
            if (column.Length is 0 or > StepFields.MaxNameLength || column.Contains('\0'))
                fields.Refuse(member, $"must have a name of 1 to {StepFields.MaxNameLength} characters, none U+0000");
            else if (select.Exists(other => other.Key == column))
                fields.Refuse(member, "is given more than once");
            else if (JsonPath.TryParse(text, out var path, out var refusal))
                select.Add(new(column, path));
            else
                fields.Refuse(member, refusal);
        }

        return select;
    }

    private static List<KeyValuePair<string, string>> ReadHeaders(Fields fields)
    {
        List<KeyValuePair<string, string>> headers = [];
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (
            var (name, value) in ReadTexts(
                fields,
                "headers",
                RequestHeaders.MaxCount,
                "like {\"Accept\": \"text/csv\"}"
            )
        )
        {
            if (!names.Add(name))
                fields.Refuse($"headers.{name}", "is given more than once (upper and lower case are the same)");
            else if (RequestHeaders.Refusal(name, value) is { } refusal)
                fields.Refuse($"headers.{name}", refusal);
            else
                headers.Add(new(name, value));
        }

        return headers;
    }

    /// <summary>The members, in order, of one that is an object of texts; none if it is not given.</summary>
    private static List<KeyValuePair<string, string>> ReadTexts(Fields fields, string member, int maxCount, string like)
    {
        List<KeyValuePair<string, string>> texts = [];
        if (!fields.TryGet(member, out var value))
            return texts;
        if (
            value.ValueKind != JsonValueKind.Object
            || value.GetPropertyCount() is 0
            || value.GetPropertyCount() > maxCount
        )
        {
            fields.Refuse(member, $"must be an object of 1 to {maxCount} texts, {like}");
            return texts;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (!JsonText.IsUnicode(JsonMarshal.GetRawUtf8PropertyName(property)))
                fields.Refuse(member, "has a member name that is not Unicode");
            else if (
                property.Value.ValueKind != JsonValueKind.String
                || !JsonText.IsUnicode(JsonMarshal.GetRawUtf8Value(property.Value)[1..^1])
            )
                fields.Refuse($"{member}.{property.Name}", "must be text in double quotes");
            else
                texts.Add(new(property.Name, property.Value.GetString()!));
        }

        return texts;
    }
}
