using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>Whether a job kept every row, once and in order, and enriched those that are looked at closely as it should.</summary>
internal sealed class ResultCheck(CsvRows rows, long count)
{
    // A prime, so that it keeps in step with no size of chunk, page or piece.
    private const int LookedAtOneIn = 997;

    private static readonly string[] Columns = EnrichmentJob.Columns.Split(',');
    private static readonly int Scored = Columns.IndexOf(EnrichmentJob.ScoredField);

    private long _next;

    public void Take(string line)
    {
        var seq = _next++;
        using var document = JsonDocument.Parse(line);
        var result = document.RootElement;
        if (
            seq >= count
            || result.GetProperty("seq").GetInt64() != seq
            || result.GetProperty("state").GetString() != "succeeded"
        )
        {
            throw new IncorrectException($"result line {seq} is not that of item {seq} of {count}: {line}");
        }

        if ((seq % LookedAtOneIn == 0 || seq == count - 1) && !IsOfRow(result, seq + 1))
        {
            throw new IncorrectException(
                $"result line {seq} is not row {seq + 1} ({string.Join(',', rows.CellsOf(seq + 1))}) enriched: {line}"
            );
        }
    }

    public void Complete()
    {
        if (_next != count)
        {
            throw new IncorrectException($"{_next} result lines for {count} items");
        }
    }

    private bool IsOfRow(JsonElement result, long number)
    {
        var cells = rows.CellsOf(number);
        var members = result.GetProperty("value").EnumerateObject().ToArray();
        return result.GetProperty("key").GetString() == $"{number}"
            && members.Select(member => member.Name).SequenceEqual(Columns)
            && members[..cells.Length].Select(member => TextOf(member.Value)).SequenceEqual(cells)
            && IsTime(TextOf(members[^2].Value))
            && members[^1].Value.ValueKind == JsonValueKind.Number
            && members[^1].Value.TryGetInt32(out var score)
            && score == ScoreOf(cells[Scored]);
    }

    private static string? TextOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTime(string? text) =>
        DateTime.TryParseExact(
            text,
            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out _
        );

    // FNV-1a, 64 bit, written here once more: a check that called the server's own code would prove nothing.
    private static int ScoreOf(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            hash = unchecked((hash ^ octet) * 1099511628211UL);
        }

        return (int)(hash % EnrichmentJob.Modulo);
    }
}
