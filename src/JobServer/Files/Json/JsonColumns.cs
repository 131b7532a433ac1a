using System.Text;
using System.Text.Json;

namespace JobServer.Files.Json;

/// <summary>The union of the member names of all records, in the order in which they first appear.</summary>
internal sealed class JsonColumns(int maxColumns)
{
    private const int MaxNameBytes = Csv.CsvReading.MaxNameBytes;

    private readonly List<string> _names = [];
    private readonly List<byte[]> _utf8Names = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    public string[] Names => [.. _names];

    /// <summary>Takes in the names of one record. Returns what is wrong with them, or null.</summary>
    public string? TakeIn(JsonElement record)
    {
        var at = 0;
        foreach (var member in record.EnumerateObject())
        {
            // Most records have the members of those before, in the same order.
            if (at < _names.Count && member.NameEquals(_utf8Names[at]))
            {
                at++;
                continue;
            }

            var name = member.Name;
            if (!_places.ContainsKey(name) && Add(name) is { } fault)
                return fault;
            at = _places[name] + 1;
        }

        return null;
    }

    private string? Add(string name)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        if (utf8.Length > MaxNameBytes)
            return $"has a member name longer than {MaxNameBytes} bytes";
        if (name.Contains('\0'))
            return "has a member name that holds the character U+0000";
        if (_names.Count == maxColumns)
            return $"brings member name number {maxColumns + 1}; at most {maxColumns} different ones are accepted";
        _places.Add(name, _names.Count);
        _names.Add(name);
        _utf8Names.Add(utf8);
        return null;
    }
}
