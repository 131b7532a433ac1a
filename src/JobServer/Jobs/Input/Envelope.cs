using System.Buffers;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>Collects the members beside the items, as they came, into one small JSON object.</summary>
internal sealed class Envelope(int maxBytes)
{
    private readonly ArrayBufferWriter<byte> _members = new();
    private bool _full;

    /// <summary>Adds a member that was checked. False, once, when it is the one too many; it and later ones are left out.</summary>
    /// <param name="name">As it stands in the document, in its quotes.</param>
    /// <param name="value">As it stands in the document.</param>
    public bool TryAdd(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_full)
            return true;

        _full = _members.WrittenCount + name.Length + value.Length + 2 > maxBytes;
        if (_full)
            return false;

        _members.Write(_members.WrittenCount == 0 ? "{"u8 : ","u8);
        _members.Write(name);
        _members.Write(":"u8);
        _members.Write(value);
        return true;
    }

    public JsonElement ToElement(int maxDepth)
    {
        if (_members.WrittenCount == 0)
            return JsonElement.Parse("{}"u8);

        var text = new byte[_members.WrittenCount + 1];
        _members.WrittenSpan.CopyTo(text);
        text[^1] = (byte)'}';
        return JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = maxDepth });
    }
}
