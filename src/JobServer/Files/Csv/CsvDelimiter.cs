using System.Buffers;

namespace JobServer.Files.Csv;

/// <summary>Finds the delimiter of a CSV that nobody said: the one that the first lines have most consistently.</summary>
internal static class CsvDelimiter
{
    /// <summary>In order of preference.</summary>
    public const string Known = ",;\t|";

    private const int MaxLines = 50;
    private static readonly SearchValues<char> Marks = SearchValues.Create(Known + "\"\r\n");

    /// <summary>A file in which none of them stands outside of quotes has one column, and <c>,</c>.</summary>
    /// <param name="whole">Whether the text is the whole file; if not, its last line is cut and does not count.</param>
    public static char Of(string head, bool whole)
    {
        var lines = CountByLine(head, whole);
        var best = Known
            .Select((delimiter, at) => (Delimiter: delimiter, Counts: lines.ConvertAll(line => line[at])))
            .Where(candidate => candidate.Counts.Count > 0 && candidate.Counts[0] > 0)
            .OrderByDescending(candidate => candidate.Counts.Count(count => count == candidate.Counts[0]))
            .ThenByDescending(candidate => candidate.Counts[0])
            .FirstOrDefault();
        return best.Counts is null ? Known[0] : best.Delimiter;
    }

    /// <summary>How often each delimiter stands outside of quotes, for each of the first lines that are not blank.</summary>
    private static List<int[]> CountByLine(ReadOnlySpan<char> text, bool whole)
    {
        var lines = new List<int[]>();
        var line = new int[Known.Length];
        var (quoted, blank) = (false, true);
        while (lines.Count < MaxLines)
        {
            var next = quoted ? text.IndexOf('"') : text.IndexOfAny(Marks);
            blank &= next == 0 && text[0] is '\r' or '\n' || text.IsEmpty;
            var mark = next < 0 ? '\0' : text[next];
            text = next < 0 ? [] : text[(next + 1)..];
            if (mark == '"')
                quoted = !quoted;
            else if (mark is not ('\0' or '\r' or '\n'))
                line[Known.IndexOf(mark)]++;
            else
            {
                if (!blank && (mark != '\0' || whole || lines.Count == 0))
                    lines.Add(line);
                if (mark == '\0')
                    break;
                (line, blank) = (new int[Known.Length], true);
            }
        }

        return lines;
    }
}
