using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Jobs.Enrichment.Plan;

/// <summary>Calls no one; counts the distinct URLs of each step.</summary>
internal sealed class PlannedCalls : ILookups
{
    private readonly Dictionary<LookupStep, HashSet<UInt128>> _asked = [];

    public int Needed(LookupStep step) => _asked.TryGetValue(step, out var urls) ? urls.Count : 0;

    public ValueTask<IReadOnlyDictionary<string, LookupAnswer>> ResolveAsync(
        LookupStep step,
        IReadOnlyCollection<string> urls,
        CancellationToken cancellationToken
    )
    {
        if (!_asked.TryGetValue(step, out var asked))
            _asked.Add(step, asked = []);
        foreach (var url in urls)
            asked.Add(Hash(url));
        return ValueTask.FromResult<IReadOnlyDictionary<string, LookupAnswer>>(
            urls.ToDictionary(url => url, _ => LookupAnswer.Nothing)
        );
    }

    // Long URLs of many records would be too much to keep.
    private static UInt128 Hash(string url)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(url.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
