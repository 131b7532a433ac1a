using System.Text.Json;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>The job all runs submit: a time stamp and a score for every row of an uploaded file.</summary>
internal static class EnrichmentJob
{
    public const string Kind = "enrichment";
    public const string ScoredField = "email";
    public const int Modulo = 100;

    /// <summary>The columns of a result, new ones last.</summary>
    public const string Columns = $"{CsvRows.Header},processedAt,score";

    public static byte[] Submission(JsonElement file) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                input = new { fileId = JobServerClient.IdOf(file) },
                steps = new object[] { new { type = "processedAt" }, new { type = "score", field = ScoredField } },
            }
        );
}
