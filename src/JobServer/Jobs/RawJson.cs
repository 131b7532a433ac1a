using System.Text.Json;
using System.Text.Json.Serialization;

namespace JobServer.Jobs;

/// <summary>
/// JSON that goes out as the bytes it is. Parsed and written anew, what peers sent would change its escapes, and some
/// of it (halves of surrogate pairs, great depth) could not be written at all.
/// </summary>
[JsonConverter(typeof(Verbatim))]
internal sealed record RawJson(ReadOnlyMemory<byte> Utf8)
{
    private sealed class Verbatim : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Raw JSON is only written.");

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}
