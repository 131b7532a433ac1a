namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>FNV-1a of 64 bits: the same number for the same bytes, everywhere and always.</summary>
internal static class Fnv1a
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = Offset;
        foreach (var value in bytes)
            hash = (hash ^ value) * Prime;
        return hash;
    }
}
