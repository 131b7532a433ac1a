using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace JobServer.Schedules;

/// <summary>Spreads the jobs of many schedules that are due at once.</summary>
internal static class Jitter
{
    /// <summary>
    /// How much later the job of this due time starts: from zero to less than <paramref name="most"/>, the same on every
    /// machine.
    /// </summary>
    public static TimeSpan Of(string scheduleId, DateTimeOffset dueAt, TimeSpan most)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{scheduleId} {dueAt.ToUnixTimeMilliseconds()}"));
        var fraction = (UInt128)BinaryPrimitives.ReadUInt64BigEndian(hash);
        // In whole microseconds, which is what the ledger keeps.
        var microseconds = (long)((fraction * (UInt128)(most.Ticks / TimeSpan.TicksPerMicrosecond)) >> 64);
        return TimeSpan.FromMicroseconds(microseconds);
    }
}
