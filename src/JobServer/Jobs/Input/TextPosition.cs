using System.Runtime.InteropServices;

namespace JobServer.Jobs.Input;

/// <summary>A place in a text: line and byte of that line, both counted from 1.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TextPosition(long Line, long Byte)
{
    public static TextPosition Start => new(1, 1);

    /// <summary>The place right after <paramref name="passed"/>, which begins here.</summary>
    public TextPosition After(ReadOnlySpan<byte> passed)
    {
        var lastLine = passed.LastIndexOf((byte)'\n');
        return lastLine < 0
            ? this with
            {
                Byte = Byte + passed.Length,
            }
            : new TextPosition(Line + passed.Count((byte)'\n'), passed.Length - lastLine);
    }

    public override string ToString() => $"line {Line}, byte {Byte}";
}
