using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>A number from 0 to below a modulus that depends on a field's text alone: <c>{"field", "into", "modulo"}</c>.</summary>
/// <param name="Into">Default <c>score</c>.</param>
/// <param name="Modulo">Default 100; 2 to 1,000,000,000.</param>
internal sealed record ScoreStep(string Field, string Into, int Modulo) : IStep
{
    public const string Name = "score";

    public string Type => Name;

    public IReadOnlyList<StepInput> Reads => [new("field", Field)];

    public int Adds => 1;

    public static ScoreStep Read(Fields fields) =>
        new(fields.Column("field"), fields.Column("into", Name), fields.Int("modulo", 100, 2, 1_000_000_000));

    public void Shape(ColumnNames columns) => columns.Put(Into);

    public ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken)
    {
        var values = table.Read(Field);
        var scores = table.NewCells();
        var modulo = (uint)Modulo;
        byte[] scratch = [];
        for (var row = 0; row < values.Length; row++)
        {
            if (table.Rejected[row])
                continue;
            var value = table.TextOf(values[row]);
            if (value.IsEmpty || RecordText.IsNull(value))
                table.RejectMissing(row, Name, Field);
            else
                scores[row] = table.Make(Fnv1a.Hash(RecordText.Of(value, ref scratch)) % modulo);
        }

        table.Put(Into, scores);
        return ValueTask.CompletedTask;
    }

    public void Write(Utf8JsonWriter output, bool show)
    {
        output.WriteString("field", Field);
        output.WriteString("into", Into);
        output.WriteNumber("modulo", Modulo);
    }
}
