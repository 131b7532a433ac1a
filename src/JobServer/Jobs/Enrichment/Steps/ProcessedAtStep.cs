using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>The time at which the record was processed, UTC with milliseconds: <c>{"into"}</c>.</summary>
/// <param name="Into">Default <c>processedAt</c>.</param>
internal sealed record ProcessedAtStep(string Into) : IStep
{
    public const string Name = "processedAt";

    public string Type => Name;

    public IReadOnlyList<StepInput> Reads => [];

    public int Adds => 1;

    public static ProcessedAtStep Read(Fields fields) => new(fields.Column("into", Name));

    public void Shape(ColumnNames columns) => columns.Put(Into);

    public ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken)
    {
        table.PutEverywhere(Into, context.Clock.Now());
        return ValueTask.CompletedTask;
    }

    public void Write(Utf8JsonWriter output, bool show) => output.WriteString("into", Into);
}
