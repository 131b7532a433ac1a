using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>
/// A singular query of RFC 9535, which names one place in a JSON value: <c>$.address['city'].lines[-1]</c>.
/// </summary>
internal sealed class JsonPath
{
    public const int MaxLength = 500;

    private readonly Segment[] _segments;

    private JsonPath(string text, Segment[] segments) => (Text, _segments) = (text, segments);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a path; <paramref name="refusal"/> says what is wrong, continuing the path of its field.</summary>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out JsonPath? path,
        [NotNullWhen(false)] out string? refusal
    )
    {
        var parser = new JsonPathParser(text);
        var segments = new List<Segment>();
        path = null;
        refusal = parser.Read(segments);
        if (refusal is not null)
            return false;
        path = new JsonPath(text, [.. segments]);
        return true;
    }

    /// <summary>The value it names, if there is one; a null counts as one.</summary>
    public bool TryFind(JsonElement root, out JsonElement found)
    {
        found = root;
        foreach (var segment in _segments)
        {
            if (!segment.TryStep(found, out found))
                return false;
        }

        return true;
    }

    public override string ToString() => Text;

    /// <summary>A name, or an index where there is none.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Segment(string? Name, long Index)
    {
        public bool TryStep(JsonElement from, out JsonElement to)
        {
            to = default;
            if (Name is not null)
                return from.ValueKind == JsonValueKind.Object && from.TryGetProperty(Name, out to);
            if (from.ValueKind != JsonValueKind.Array)
                return false;
            var length = from.GetArrayLength();
            var index = Index < 0 ? length + Index : Index;
            if (index < 0 || index >= length)
                return false;
            to = from[(int)index];
            return true;
        }
    }
}
