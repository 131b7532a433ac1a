using System.Text.Json;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>Whether the server saw in a file what was written into it.</summary>
internal static class FileCheck
{
    /// <exception cref="IncorrectException">It counted other rows, or saw faulty ones.</exception>
    public static void HasRows(JsonElement file, long rows)
    {
        if (file.GetProperty("records").GetInt64() != rows || file.GetProperty("faulty").GetInt64() != 0)
        {
            throw new IncorrectException($"the file has {rows} rows, none of them faulty: {file.GetRawText()}");
        }
    }
}
