using System.Security.Cryptography;

namespace JobServer.Ledger;

/// <summary>
/// Ids of rows that are listed newest first: UUIDs of version 7 that grow within this process, also where several are
/// made in one millisecond (RFC 9562, section 6.2, method 1: a counter of 12 bits below the milliseconds).
/// </summary>
public static class TimeOrderedId
{
    private const int CounterBits = 12;
    private static long _last;

    /// <summary>An id greater than all that this process made before.</summary>
    public static Guid Next()
    {
        // A counter that runs over goes on into the next millisecond.
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() << CounterBits;
        long last,
            next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(now, last + 1);
        } while (Interlocked.CompareExchange(ref _last, next, last) != last);

        Span<byte> id = stackalloc byte[16];
        RandomNumberGenerator.Fill(id);
        var milliseconds = next >> CounterBits;
        for (var i = 0; i < 6; i++)
            id[i] = (byte)(milliseconds >> (8 * (5 - i)));
        id[6] = (byte)(0x70 | ((next >> 8) & 0x0F));
        id[7] = (byte)next;
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new Guid(id, bigEndian: true);
    }
}
