using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace JobServer.Schedules;

/// <summary>
/// Settings, which know only text, as the JSON they stand for: <c>true</c>, <c>false</c>, <c>null</c> and numbers become
/// such, all else is text; in double quotes everything is. Keys 0, 1, 2 … make a list.
/// </summary>
internal static class SettingsJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 1 };

    /// <param name="members">Names of members of the outermost object: settings know no upper and lower case, JSON does.</param>
    public static byte[] Of(IConfigurationSection section, IEnumerable<string> members)
    {
        var names = members.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var child in section.GetChildren())
        {
            json.WritePropertyName(names.GetValueOrDefault(child.Key, child.Key));
            Write(json, child);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            WriteValue(json, section.Value);
        }
        else if (IsList(children))
        {
            json.WriteStartArray();
            foreach (var child in children.OrderBy(child => int.Parse(child.Key, CultureInfo.InvariantCulture)))
                Write(json, child);
            json.WriteEndArray();
        }
        else
        {
            json.WriteStartObject();
            foreach (var child in children)
            {
                json.WritePropertyName(child.Key);
                Write(json, child);
            }

            json.WriteEndObject();
        }
    }

    private static bool IsList(List<IConfigurationSection> children) =>
        children
            .Select(child => child.Key)
            .ToHashSet(StringComparer.Ordinal)
            .SetEquals(
                Enumerable.Range(0, children.Count).Select(index => index.ToString(CultureInfo.InvariantCulture))
            );

    private static void WriteValue(Utf8JsonWriter json, string? text)
    {
        // How the JSON of a settings file spells true and false when it has been text.
        var literal = text is "True" or "False" ? text.ToLowerInvariant() : text;
        if (literal is null)
            json.WriteNullValue();
        else if (IsScalar(literal))
            json.WriteRawValue(literal);
        else
            json.WriteStringValue(literal);
    }

    private static bool IsScalar(string text)
    {
        if (text.Length == 0 || text != text.Trim() || !(text is "true" or "false" or "null" || IsNumberOrQuoted(text)))
            return false;
        try
        {
            using var parsed = JsonDocument.Parse(text, Strict);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsNumberOrQuoted(string text) => text[0] is '-' or '"' || char.IsAsciiDigit(text[0]);
}
