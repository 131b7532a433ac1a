using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Gives a column another name: <c>{"from", "to"}</c>. One that has it already disappears.</summary>
internal sealed record RenameStep(string From, string To) : IStep
{
    public const string Name = "rename";

    public string Type => Name;

    public IReadOnlyList<StepInput> Reads => [new("from", From)];

    public int Adds => 0;

    public static RenameStep Read(Fields fields)
    {
        var step = new RenameStep(fields.Column("from"), fields.Column("to"));
        if (step.To.Length > 0 && step.To == step.From)
            fields.Refuse("to", "must be another name than from");
        return step;
    }

    public void Shape(ColumnNames columns) => columns.Rename(From, To);

    public ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken)
    {
        table.Rename(From, To);
        return ValueTask.CompletedTask;
    }

    public void Write(Utf8JsonWriter output, bool show)
    {
        output.WriteString("from", From);
        output.WriteString("to", To);
    }
}
