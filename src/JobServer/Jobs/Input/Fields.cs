using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>
/// Reads one small JSON object member by member. A wrong member is a fault, never an exception, and reads as its
/// default, so that one pass finds all that is wrong. An absent member and an explicit null are the same.
/// </summary>
/// <remarks>Ask for each member that is known, then call <see cref="Done"/>: what is left over is refused.</remarks>
internal sealed class Fields
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];
    private readonly string _path;
    private readonly Faults _faults;

    /// <param name="element">The object; undefined or null reads as an empty one.</param>
    /// <param name="path">Where it stands in the document; empty for the document itself.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public Fields(JsonElement element, string path, Faults faults)
    {
        _path = path;
        _faults = faults;
        if (element.ValueKind == JsonValueKind.Object)
            Collect(element);
        else if (element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            faults.Add(path, "must be an object");
    }

    /// <summary>Lists a member as known that is read elsewhere, like the streamed list.</summary>
    public void Knows(string name)
    {
        if (!_known.Contains(name, StringComparer.Ordinal))
            _known.Add(name);
    }

    /// <summary>The member as it stands, unless it is absent or null.</summary>
    public bool TryGet(string name, out JsonElement value)
    {
        Knows(name);
        return _members.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Whether the member is given; if not, that is a fault.</summary>
    public bool Require(string name)
    {
        var given = TryGet(name, out _);
        if (!given)
            Refuse(name, "is required");
        return given;
    }

    /// <summary>Adds a fault of a member, like <c>retry</c> or <c>tags[2]</c>.</summary>
    public void Refuse(string member, string message) => _faults.Add(PathOf(member), message);

    public bool Flag(string name, bool @default)
    {
        if (!TryGet(name, out var value))
            return @default;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();

        Refuse(name, "must be true or false");
        return @default;
    }

    public int Int(string name, int @default, int min, int max) => (int)Long(name, @default, min, max);

    public long Long(string name, long @default, long min, long max) => OptionalLong(name, min, max) ?? @default;

    public int? OptionalInt(string name, int min, int max) => (int?)OptionalLong(name, min, max);

    public long? OptionalLong(string name, long min, long max)
    {
        if (!TryGet(name, out var value))
            return null;
        if (
            value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out var number)
            && number >= min
            && number <= max
        )
            return number;

        Refuse(name, $"must be a whole number from {min} to {max}");
        return null;
    }

    public double Number(string name, double @default, double min, double max) =>
        OptionalNumber(name, min, max) ?? @default;

    public double? OptionalNumber(string name, double min, double max)
    {
        if (!TryGet(name, out var value))
            return null;
        if (
            value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out var number)
            && number >= min
            && number <= max
        )
            return number;

        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"must be a number from {min} to {max}"));
        return null;
    }

    /// <summary>A member that is an object. If it is not given, its fields read as their defaults.</summary>
    public bool Object(string name, out Fields fields)
    {
        var given = TryGet(name, out var value);
        fields = new Fields(value, PathOf(name), _faults);
        return given;
    }

    /// <summary>A member that is a list of objects; empty if it is not given.</summary>
    public IReadOnlyList<Fields> Objects(string name, int maxCount) =>
        [.. List(name, maxCount).Select((element, index) => Nested(element, $"{name}[{index}]"))];

    /// <summary>The elements of a member that is a list; none if it is not given, or too long.</summary>
    public IReadOnlyList<JsonElement> List(string name, int maxCount)
    {
        if (!TryGet(name, out var value))
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= maxCount)
            return [.. value.EnumerateArray()];

        Refuse(name, $"must be a list of at most {maxCount}");
        return [];
    }

    /// <summary>Refuses every member that nobody asked for.</summary>
    public void Done()
    {
        foreach (var name in _members.Keys.Except(_known, StringComparer.Ordinal))
            Refuse(Printable.Cut(name, 100), $"is not a known member; known: {string.Join(", ", _known)}");
    }

    private void Collect(JsonElement element)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (!JsonText.IsUnicode(JsonMarshal.GetRawUtf8PropertyName(member)))
                _faults.Add(_path, "has a member name that is not Unicode");
            else if (!_members.TryAdd(member.Name, member.Value))
                Refuse(member.Name, "is given more than once");
        }
    }

    private Fields Nested(JsonElement element, string member)
    {
        if (element.ValueKind == JsonValueKind.Null)
            Refuse(member, "must be an object");
        return new Fields(element, PathOf(member), _faults);
    }

    private string PathOf(string member) => _path.Length == 0 ? member : $"{_path}.{member}";
}
