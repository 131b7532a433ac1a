using System.Text.Encodings.Web;
using System.Text.Json;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>The command that sends the request of a report again.</summary>
internal static class RequestText
{
    /// <summary>Lines; a list of 10,000 URLs is no reading for paper.</summary>
    public const int MostPrinted = 400;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The body goes in by a quoted here-document: no character in it means anything to the shell.</summary>
    public static string Of(JsonElement request, string origin) =>
        $"""
            curl {origin}/v1/jobs/benchmark \
              -H 'Content-Type: application/json' \
              --data-binary @- <<'JSON'
            {JsonSerializer.Serialize(request, Indented)}
            JSON
            """;
}
