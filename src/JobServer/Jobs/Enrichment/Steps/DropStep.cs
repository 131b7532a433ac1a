using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Leaves columns out: <c>{"field"}</c> or <c>{"fields"}</c>.</summary>
internal sealed record DropStep(IReadOnlyList<string> Fields) : IStep
{
    public const string Name = "drop";

    private const int MaxFields = 200;

    public string Type => Name;

    public IReadOnlyList<StepInput> Reads =>
        [.. Fields.Select((name, index) => new StepInput(Fields.Count == 1 ? "field" : $"fields[{index}]", name))];

    public int Adds => 0;

    public static DropStep Read(Fields fields)
    {
        var many = fields.Strings("fields", MaxFields, StepFields.MaxNameLength);
        if (fields.TryGet("field", out _) == fields.TryGet("fields", out _))
            fields.Refuse("field", "or fields is required, one of them");
        else if (fields.TryGet("field", out _))
            return new DropStep([fields.Column("field")]);
        else if (
            fields.TryGet("fields", out var list)
            && list is { ValueKind: JsonValueKind.Array }
            && list.GetArrayLength() == 0
        )
            fields.Refuse("fields", "must hold at least one name");
        return new DropStep(many);
    }

    public void Shape(ColumnNames columns)
    {
        foreach (var field in Fields)
            columns.Drop(field);
    }

    public ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken)
    {
        foreach (var field in Fields)
            table.Drop(field);
        return ValueTask.CompletedTask;
    }

    public void Write(Utf8JsonWriter output, bool show)
    {
        if (Fields.Count == 1)
        {
            output.WriteString("field", Fields[0]);
            return;
        }

        output.WriteStartArray("fields");
        foreach (var field in Fields)
            output.WriteStringValue(field);
        output.WriteEndArray();
    }
}
