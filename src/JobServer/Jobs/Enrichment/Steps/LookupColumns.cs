using System.Runtime.InteropServices;
using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Puts what lookups brought into the columns of a block.</summary>
internal static class LookupColumns
{
    /// <param name="asked">For each record that is not a reject the place of its answer.</param>
    public static void Put(LookupStep step, RecordTable table, int[] asked, LookupAnswer[] answers)
    {
        var columns = step.Columns;
        var cells = columns.Select(_ => table.NewCells()).ToArray();
        var values = answers.Select(answer => Cells(step, table, answer, columns.Count)).ToArray();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Rejected[row])
                continue;
            var answer = answers[asked[row]];
            if (values[asked[row]] is { } found)
            {
                for (var column = 0; column < cells.Length; column++)
                    cells[column][row] = found[column];
            }
            else if (answer.ErrorCode is { } code)
            {
                table.Reject(row, code, answer.ErrorDetail!, answer.ErrorHost);
            }
            else
            {
                table.RejectTooLarge(row);
            }
        }

        for (var column = 0; column < cells.Length; column++)
            table.Put(columns[column], cells[column]);
    }

    /// <summary>The answer's value for each column; null where it makes its records rejects.</summary>
    private static Cell[]? Cells(LookupStep step, RecordTable table, LookupAnswer answer, int columns)
    {
        if (answer.ErrorCode is not null && !step.NullOnError)
            return null;
        var value = answer.ErrorCode is null ? answer.Value : LookupAnswer.Nothing.Value;
        if (!table.HasRoomFor(value.Length))
            return null;
        if (step.Into is not null)
            return [table.Make(value.Span)];
        if (RecordText.IsNull(value.Span))
            return [.. Enumerable.Repeat(table.Make(value.Span), columns)];
        var members = JsonElement.Parse(value.Span).EnumerateObject();
        return [.. members.Select(member => table.Make(JsonMarshal.GetRawUtf8Value(member.Value)))];
    }
}
