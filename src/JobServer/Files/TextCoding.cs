using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace JobServer.Files;

/// <summary>The encodings a file may come in. Each decodes strictly: what is no text is found, never replaced.</summary>
internal sealed class TextCoding
{
    public static readonly TextCoding Utf8 = new("utf-8", DecodeUtf8);
    public static readonly TextCoding Utf16Le = new("utf-16le", (from, to) => DecodeUtf16(from, to, bigEndian: false));
    public static readonly TextCoding Utf16Be = new("utf-16be", (from, to) => DecodeUtf16(from, to, bigEndian: true));
    public static readonly TextCoding Latin1 = new("latin-1", DecodeLatin1);

    private readonly Decoding _decode;

    private TextCoding(string name, Decoding decode)
    {
        Name = name;
        _decode = decode;
    }

    private delegate Decoded Decoding(ReadOnlySpan<byte> from, Span<char> to);

    public string Name { get; }

    /// <summary>
    /// Decodes whole characters from the start of the bytes until they or the room end: a character cut at the end is
    /// left for later, pairs of surrogates stay together.
    /// </summary>
    public Decoded Decode(ReadOnlySpan<byte> from, Span<char> to) => _decode(from, to);

    private static Decoded DecodeUtf8(ReadOnlySpan<byte> from, Span<char> to)
    {
        var status = System.Text.Unicode.Utf8.ToUtf16(
            from,
            to,
            out var used,
            out var written,
            replaceInvalidSequences: false,
            isFinalBlock: false
        );
        return new Decoded(used, written, status == OperationStatus.InvalidData);
    }

    private static Decoded DecodeLatin1(ReadOnlySpan<byte> from, Span<char> to)
    {
        var count = Math.Min(from.Length, to.Length);
        Encoding.Latin1.GetChars(from[..count], to);
        return new Decoded(count, count, Invalid: false);
    }

    private static Decoded DecodeUtf16(ReadOnlySpan<byte> from, Span<char> to, bool bigEndian)
    {
        var count = Math.Min(from.Length / 2, to.Length);
        var units = MemoryMarshal.Cast<char, ushort>(to)[..count];
        MemoryMarshal.Cast<byte, ushort>(from[..(count * 2)]).CopyTo(units);
        if (bigEndian == BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(units, units);

        var chars = (ReadOnlySpan<char>)to[..count];
        for (var at = 0; at < count; at += 2)
        {
            var next = chars[at..].IndexOfAnyInRange('\uD800', '\uDFFF');
            if (next < 0)
                break;
            at += next;
            var cut = at + 1 == count && char.IsHighSurrogate(chars[at]);
            if (cut || at + 1 == count || !char.IsSurrogatePair(chars[at], chars[at + 1]))
                return new Decoded(at * 2, at, Invalid: !cut);
        }

        return new Decoded(count * 2, count, Invalid: false);
    }
}

/// <summary>What came of decoding a run of bytes.</summary>
/// <param name="Invalid">The bytes after those used are no text.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Decoded(int Used, int Written, bool Invalid);
