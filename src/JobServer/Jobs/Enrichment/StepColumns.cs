using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment;

/// <summary>What steps make of columns, without any record.</summary>
internal static class StepColumns
{
    private const int ShownColumns = 50;

    /// <summary>The columns of the output, in order.</summary>
    public static IReadOnlyList<string> After(IEnumerable<string> columns, IEnumerable<IStep> steps)
    {
        var names = new ColumnNames(columns);
        foreach (var step in steps)
            step.Shape(names);
        return names.All;
    }

    /// <summary>
    /// Refuses steps that read a column which neither the input has nor an earlier step makes. For input whose columns
    /// are the same in all records.
    /// </summary>
    public static void Check(IEnumerable<string> columns, IEnumerable<IStep> steps, Faults faults)
    {
        var names = new ColumnNames(columns);
        foreach (var (index, step) in steps.Index())
        {
            foreach (var (member, column) in step.Reads)
            {
                if (names.IndexOf(column) < 0)
                    faults.Add(
                        $"steps[{index}].{member}",
                        $"names '{column}', which is no column here; {Describe(names)}"
                    );
            }

            step.Shape(names);
        }
    }

    private static string Describe(ColumnNames names)
    {
        var more = names.All.Count > ShownColumns ? ", …" : "";
        return $"columns: {string.Join(", ", names.All.Take(ShownColumns))}{more}";
    }
}
