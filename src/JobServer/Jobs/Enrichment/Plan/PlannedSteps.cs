using JobServer.Jobs.Enrichment.Steps;

namespace JobServer.Jobs.Enrichment.Plan;

/// <summary>
/// Makes steps that can be run without what lookups bring: those that depend on it set their columns to null, so that
/// no record is taken for a reject because a value is not known yet.
/// </summary>
internal static class PlannedSteps
{
    private static readonly byte[] Null = [.. "null"u8];

    public static IReadOnlyList<IStep> Of(IReadOnlyList<IStep> steps)
    {
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        return [.. steps.SelectMany(step => Of(step, unknown))];
    }

    private static IReadOnlyList<IStep> Of(IStep step, HashSet<string> unknown)
    {
        var depends = step.Reads.Any(input => unknown.Contains(input.Column));
        switch (step)
        {
            case ScoreStep { Into: var into } when depends:
                unknown.Add(into);
                return [new SetStep(into, Null)];
            case LookupStep lookup:
                unknown.UnionWith(lookup.Columns);
                return depends ? [.. lookup.Columns.Select(column => new SetStep(column, Null))] : [lookup];
            case RenameStep rename:
                if (unknown.Remove(rename.From))
                    unknown.Add(rename.To);
                else
                    unknown.Remove(rename.To);
                return [rename];
            case DropStep drop:
                unknown.ExceptWith(drop.Fields);
                return [drop];
            default:
                // Whatever else a step writes is known.
                unknown.ExceptWith(StepColumns.After([], [step]));
                return [step];
        }
    }
}
