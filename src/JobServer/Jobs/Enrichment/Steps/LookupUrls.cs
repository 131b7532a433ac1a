using System.Text;
using JobServer.Jobs.Enrichment.Records;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>What the records of one block ask for.</summary>
internal static class LookupUrls
{
    /// <summary>
    /// The distinct URLs, in the order in which they are first needed. Records whose fields make none become rejects.
    /// </summary>
    /// <param name="asked">Takes the place among the URLs for each record that is not a reject.</param>
    public static List<string> Collect(LookupStep step, RecordTable table, int[] asked)
    {
        var urls = new List<string>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var cells = new Cell[step.Url.Fields.Count][];
        for (var field = 0; field < cells.Length; field++)
            cells[field] = table.Read(step.Url.Fields[field]).ToArray();
        var texts = new string[cells.Length];
        byte[] scratch = [];
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Rejected[row] || !TryRead(step, table, cells, row, texts, ref scratch))
                continue;
            if (!step.Url.TryExpand(texts, out var url, out var refusal))
            {
                var fields = string.Join(", ", step.Url.Fields.Select(field => $"'{field}'"));
                table.Reject(row, LookupStep.UnusableCode, $"The step lookup needs {fields}, which {refusal}.");
                continue;
            }

            if (!places.TryGetValue(url, out var place))
            {
                place = urls.Count;
                urls.Add(url);
                places.Add(url, place);
            }

            asked[row] = place;
        }

        return urls;
    }

    private static bool TryRead(
        LookupStep step,
        RecordTable table,
        Cell[][] cells,
        int row,
        string[] texts,
        ref byte[] scratch
    )
    {
        for (var field = 0; field < cells.Length; field++)
        {
            var value = table.TextOf(cells[field][row]);
            if (value.IsEmpty || RecordText.IsNull(value))
            {
                table.RejectMissing(row, LookupStep.Name, step.Url.Fields[field]);
                return false;
            }

            texts[field] = Encoding.UTF8.GetString(RecordText.Of(value, ref scratch));
            if (texts[field].Length == 0)
            {
                table.Reject(
                    row,
                    StepFields.MissingCode,
                    $"The step lookup needs the field '{step.Url.Fields[field]}', which is an empty text."
                );
                return false;
            }
        }

        return true;
    }
}
