using System.Runtime.InteropServices;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>The members of an object that are written as text: plain text, choices, durations and points in time.</summary>
internal static class TextFields
{
    extension(Fields fields)
    {
        /// <summary>A text that must be given.</summary>
        public string Text(string name, int minLength, int maxLength) =>
            fields.Require(name) ? fields.OptionalText(name, minLength, maxLength) ?? "" : "";

        public string? OptionalText(string name, int minLength, int maxLength) =>
            fields.TryGet(name, out var value) ? Read(fields, name, value, minLength, maxLength) : null;

        /// <summary>A list of texts of at least one character; empty if it is not given.</summary>
        public string[] Strings(string name, int maxCount, int maxLength)
        {
            var texts = new List<string>();
            foreach (var (index, element) in fields.List(name, maxCount).Index())
            {
                if (Read(fields, $"{name}[{index}]", element, 1, maxLength) is { } text)
                    texts.Add(text);
            }

            return [.. texts];
        }

        /// <summary>One of the words listed, in exactly that spelling.</summary>
        public string Choice(string name, string @default, params ReadOnlySpan<string> words)
        {
            if (!fields.TryGet(name, out var value))
                return @default;
            if (TryRead(value, out var text, out _) && words.Contains(text))
                return text;

            fields.Refuse(name, $"must be one of: {string.Join(", ", words)}");
            return @default;
        }

        public TimeSpan Duration(string name, TimeSpan @default, TimeSpan min, TimeSpan max) =>
            fields.OptionalDuration(name, min, max) ?? @default;

        public TimeSpan? OptionalDuration(string name, TimeSpan min, TimeSpan max)
        {
            if (!fields.TryGet(name, out var value))
                return null;

            if (DurationRefusal(value, min, max, out var duration) is not { } refusal)
                return duration;

            fields.Refuse(name, refusal);
            return null;
        }

        /// <summary>A point in time with its offset, given back in UTC.</summary>
        public DateTimeOffset? OptionalTimestamp(string name)
        {
            if (!fields.TryGet(name, out var value))
                return null;

            // Without an offset the parser would take the time zone of this server.
            if (
                TryRead(value, out var text, out _)
                && text.Length > 11
                && text.AsSpan(11).ContainsAny('Z', '+', '-')
                && value.TryGetDateTimeOffset(out var time)
            )
                return time.ToUniversalTime();

            fields.Refuse(
                name,
                "must be a time with its offset, like \"2030-01-31T08:00:00Z\" or \"2030-01-31T09:00:00+01:00\""
            );
            return null;
        }
    }

    private static string? DurationRefusal(JsonElement value, TimeSpan min, TimeSpan max, out TimeSpan duration)
    {
        // A number goes the way of text, to hear that it has no unit.
        if (value.ValueKind == JsonValueKind.Number)
            return Durations.Refusal(value.GetRawText(), out duration);

        duration = TimeSpan.Zero;
        if (!TryRead(value, out var text, out var refusal))
            return $"{refusal}; {Durations.Accepted}";
        if (Durations.Refusal(text, out duration) is { } notDuration)
            return notDuration;

        return duration >= min && duration <= max
            ? null
            : $"must be from {Durations.Format(min)} to {Durations.Format(max)}";
    }

    private static string? Read(Fields fields, string member, JsonElement value, int minLength, int maxLength)
    {
        if (!TryRead(value, out var text, out var refusal))
            fields.Refuse(member, refusal);
        else if (text.Length < minLength || text.Length > maxLength)
            fields.Refuse(member, $"must have {minLength} to {maxLength} characters");
        else
            return text;

        return null;
    }

    private static bool TryRead(JsonElement value, out string text, out string refusal)
    {
        text = "";
        refusal = "";
        if (value.ValueKind != JsonValueKind.String)
            refusal = "must be text in double quotes";
        else if (!JsonText.IsUnicode(JsonMarshal.GetRawUtf8Value(value)[1..^1]))
            refusal = "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)";
        else if (value.GetString() is { } read && !read.Contains('\0'))
            text = read;
        else
            refusal = "must not hold the character U+0000";

        return refusal.Length == 0;
    }
}
