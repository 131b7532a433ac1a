using System.Text.Json;

namespace JobServer.Jobs.Results;

/// <summary>What the elements of a list are called that stands for an object.</summary>
internal sealed class ValueColumns(IReadOnlyList<string> names)
{
    private readonly JsonEncodedText[] _encoded =
    [
        .. names.Select(name => JsonEncodedText.Encode(name, ResultFormat.Encoder)),
    ];

    public IReadOnlyList<string> Names => names;

    /// <param name="list">A JSON array with as many elements as there are names.</param>
    public void WriteObject(Utf8JsonWriter writer, ReadOnlySpan<byte> list)
    {
        var reader = new Utf8JsonReader(list);
        reader.Read();
        writer.WriteStartObject();
        foreach (var name in _encoded)
        {
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            writer.WritePropertyName(name);
            writer.WriteRawValue(list[start..(int)reader.BytesConsumed], skipInputValidation: true);
        }

        writer.WriteEndObject();
    }
}
