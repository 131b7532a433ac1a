using System.Runtime.InteropServices;

namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Where the JSON text of one value stands. The default is no value at all.</summary>
/// <param name="Start">From 0 in the block's lines; the complement of a place among the values that steps made.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Cell(int Start, int Length)
{
    public bool IsAbsent => Length == 0;
}
