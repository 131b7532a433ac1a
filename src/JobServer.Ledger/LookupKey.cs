using System.Buffers.Binary;

namespace JobServer.Ledger;

/// <summary>A SHA-256 that can be compared and looked up without an array.</summary>
public readonly record struct LookupKey(ulong A, ulong B, ulong C, ulong D)
{
    private const int Part = sizeof(ulong);

    /// <summary>Of 32 bytes.</summary>
    public static LookupKey Of(ReadOnlySpan<byte> hash) =>
        new(
            BinaryPrimitives.ReadUInt64BigEndian(hash),
            BinaryPrimitives.ReadUInt64BigEndian(hash[Part..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[(2 * Part)..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[(3 * Part)..])
        );

    /// <summary>The 32 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[4 * Part];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, A);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(Part), B);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(2 * Part), C);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(3 * Part), D);
        return bytes;
    }
}
