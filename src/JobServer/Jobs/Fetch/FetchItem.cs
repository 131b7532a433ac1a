using System.Text.Json;

namespace JobServer.Jobs.Fetch;

/// <summary>One URL to fetch.</summary>
/// <param name="Url">As given.</param>
/// <param name="Key">What the client calls this item: the key it gave, else the URL.</param>
/// <param name="Headers">Request headers of this item alone, in the order given.</param>
internal sealed record FetchItem(string Url, string Key, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    public static string KeyOf(string url, string? key) => key ?? url;

    /// <summary>Reads back a chunk that <see cref="FetchItemReader"/> wrote.</summary>
    public static FetchItem[] Parse(ReadOnlyMemory<byte> chunkInput)
    {
        var items = new List<FetchItem>();
        var reader = new Utf8JsonReader(chunkInput.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(ParseItem(ref reader));
        return [.. items];
    }

    private static FetchItem ParseItem(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
            return Of(reader.GetString(), null, []);

        string? url = null;
        string? key = null;
        List<KeyValuePair<string, string>> headers = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "url":
                    url = reader.GetString();
                    break;
                case "key":
                    key = reader.GetString();
                    break;
                case "headers":
                    while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    {
                        var header = reader.GetString()!;
                        reader.Read();
                        headers.Add(new(header, reader.GetString()!));
                    }
                    break;
                default:
                    throw new JsonException($"A stored fetch item has the member '{name}'.");
            }
        }

        return Of(url, key, headers);
    }

    private static FetchItem Of(string? url, string? key, IReadOnlyList<KeyValuePair<string, string>> headers) =>
        url is null
            ? throw new JsonException("A stored fetch item has no URL.")
            : new FetchItem(url, KeyOf(url, key), headers);
}
