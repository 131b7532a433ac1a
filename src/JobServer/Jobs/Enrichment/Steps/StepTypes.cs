using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>All steps there are, by their types, and how a list of them is read and written.</summary>
internal static class StepTypes
{
    public const int MaxSteps = 50;

    private const string Member = "steps";

    private static readonly OrderedDictionary<string, Func<Fields, IStep?>> Readers = new(StringComparer.Ordinal)
    {
        [ProcessedAtStep.Name] = ProcessedAtStep.Read,
        [ScoreStep.Name] = ScoreStep.Read,
        [SetStep.Name] = SetStep.Read,
        [RenameStep.Name] = RenameStep.Read,
        [DropStep.Name] = DropStep.Read,
        [LookupStep.Name] = LookupReader.Read,
    };

    /// <summary>The types that a step can have.</summary>
    public static IReadOnlyList<string> Names => [.. Readers.Keys];

    /// <summary>Reads the member <c>steps</c>; what is wrong with it goes to the faults.</summary>
    public static IReadOnlyList<IStep> Read(Fields fields, Faults faults)
    {
        var steps = new List<IStep>();
        if (!fields.Require(Member))
            return steps;
        var elements = fields.List(Member, MaxSteps);
        if (
            fields.TryGet(Member, out var list)
            && list is { ValueKind: JsonValueKind.Array }
            && list.GetArrayLength() == 0
        )
            fields.Refuse(Member, "must hold at least one step");
        foreach (var (index, element) in elements.Index())
        {
            var path = $"{Member}[{index}]";
            if (element.ValueKind != JsonValueKind.Object)
                faults.Add(path, "must be an object, like {\"type\": \"processedAt\", \"into\": \"processedAt\"}");
            else if (Read(new Fields(element, path, faults)) is { } step)
                steps.Add(step);
        }

        return steps;
    }

    /// <param name="show">For others to see: without what may be secret.</param>
    public static void Write(IReadOnlyList<IStep> steps, Utf8JsonWriter output, bool show)
    {
        output.WriteStartArray(Member);
        foreach (var step in steps)
        {
            output.WriteStartObject();
            output.WriteString("type", step.Type);
            step.Write(output, show);
            output.WriteEndObject();
        }

        output.WriteEndArray();
    }

    private static IStep? Read(Fields fields)
    {
        if (!fields.Require("type"))
            return null;
        var type = fields.Choice("type", "", [.. Readers.Keys]);
        if (type.Length == 0)
            return null;
        var step = Readers[type](fields);
        fields.Done();
        return step;
    }
}
