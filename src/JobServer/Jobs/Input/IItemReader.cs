using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>What a kind knows of its items: checks one and writes the form in which it is stored.</summary>
internal interface IItemReader
{
    /// <param name="item">
    /// Stands on the item's first token. The item is well formed, within size and depth, in one span (never a
    /// sequence), and all its text is valid Unicode, so no read of it throws.
    /// </param>
    /// <param name="output">Takes exactly one value. What is written beside a fault is thrown away.</param>
    /// <param name="faults">Faults of this item, by the path inside of it.</param>
    void Read(ref Utf8JsonReader item, Utf8JsonWriter output, ItemFaults faults);
}

/// <summary>The faults of one item; a path is built only when there is one.</summary>
internal readonly record struct ItemFaults(Faults Faults, string List, int Index)
{
    /// <summary>Whether the request has faults, of this item or of another: then nothing written will be used.</summary>
    public bool Any => Faults.Any;

    public string Path => $"{List}[{Index}]";

    public void Add(string message) => Faults.Add(Path, message);

    public void Add(string member, string message) => Faults.Add($"{Path}.{member}", message);
}
