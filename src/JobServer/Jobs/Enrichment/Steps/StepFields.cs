using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>What steps have in common.</summary>
internal static class StepFields
{
    /// <summary>Characters of a column's name.</summary>
    public const int MaxNameLength = 200;

    public const string MissingCode = "missing_field";

    /// <summary>A member that names a column.</summary>
    public static string Column(this Fields fields, string member) => fields.Text(member, 1, MaxNameLength);

    /// <summary>A member that names a column, or is left out.</summary>
    public static string Column(this Fields fields, string member, string @default) =>
        fields.OptionalText(member, 1, MaxNameLength) ?? @default;

    /// <summary>The same value for every record, last or in place of the column of that name.</summary>
    public static void PutEverywhere(this RecordTable table, string column, ReadOnlySpan<byte> json)
    {
        var cells = table.NewCells();
        cells.AsSpan(0, table.Count).Fill(table.Make(json));
        table.Put(column, cells);
    }

    public static void RejectMissing(this RecordTable table, int row, string type, string field) =>
        table.Reject(row, MissingCode, $"The step {type} needs the field '{field}', which is absent or null.");
}
