using System.Runtime.InteropServices;
using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>The same value for every record: <c>{"field", "value"}</c>, where the value is any JSON.</summary>
/// <param name="Value">UTF-8 JSON without line breaks.</param>
internal sealed record SetStep(string Field, ReadOnlyMemory<byte> Value) : IStep
{
    public const string Name = "set";

    /// <summary>It is written into every record.</summary>
    public const int MaxValueBytes = 16 * 1024;

    // The document of the stored arguments, their options, the steps and this one are four of its levels.
    private const int MaxLevels = 64 - 4;

    public string Type => Name;

    public IReadOnlyList<StepInput> Reads => [];

    public int Adds => 1;

    public static SetStep Read(Fields fields)
    {
        var field = fields.Column("field");
        // A null is a value here.
        if (!fields.TryGet("value", out var value) && value.ValueKind == JsonValueKind.Undefined)
        {
            fields.Refuse("value", "is required; null, too, is a value");
            return new SetStep(field, default);
        }

        var json = JsonMarshal.GetRawUtf8Value(value);
        var at = TextPosition.Start;
        if (json.Length > MaxValueBytes)
            fields.Refuse("value", $"is larger than {MaxValueBytes} bytes");
        else if (ValueCheck.Find(json, MaxLevels, ref at) is var flaw and not ValueFlaw.None)
            fields.Refuse(
                "value",
                flaw == ValueFlaw.TooDeep
                    ? $"has more than {MaxLevels} levels of lists and objects"
                    : "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)"
            );
        return new SetStep(field, RecordText.OnOneLine(json));
    }

    public void Shape(ColumnNames columns) => columns.Put(Field);

    public ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken)
    {
        table.PutEverywhere(Field, Value.Span);
        return ValueTask.CompletedTask;
    }

    public void Write(Utf8JsonWriter output, bool show)
    {
        output.WriteString("field", Field);
        output.WritePropertyName("value");
        output.WriteRawValue(Value.Span, skipInputValidation: true);
    }
}
