using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace JobServer.Ledger;

/// <summary>
/// Who claims lookups: one run of one lane. Claims of earlier runs of the lane are its own, for those are dead or fenced.
/// </summary>
/// <param name="First">The least id a run of the lane may have had.</param>
/// <param name="Id">This run's; later runs have greater ones.</param>
public readonly record struct LookupClaimant(Guid First, Guid Id)
{
    private const int LaneBytes = 12;

    /// <param name="epoch">Of this run of the lane.</param>
    public static LookupClaimant Of(LaneKey lane, int epoch) => new(IdOf(lane, 0), IdOf(lane, epoch));

    // PostgreSQL compares uuids byte by byte: the lane first, then the epoch.
    private static Guid IdOf(LaneKey lane, int epoch)
    {
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{lane.Job.Tenant}/{lane.Job.Id}/{lane.Lane}"), id);
        BinaryPrimitives.WriteInt32BigEndian(id[LaneBytes..], epoch);
        return new Guid(id[..16], bigEndian: true);
    }
}
