using System.Globalization;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>Sizes as people write them: <c>65MB</c>, <c>1GB</c>, <c>512KiB</c>, <c>1000</c>.</summary>
internal static class ByteSize
{
    // The longest first: each ends like the shorter ones.
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("B", 1),
        ("", 1),
    ];

    /// <exception cref="MissingException">It is no size.</exception>
    public static long Parse(string text)
    {
        var (unit, bytes) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        return
            long.TryParse(text[..^unit.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count > 0
            && count <= long.MaxValue / bytes
            ? count * bytes
            : throw new MissingException($"a size such as 65MB or 1GB, not '{text}'");
    }
}
