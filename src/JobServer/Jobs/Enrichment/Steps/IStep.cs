using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>One step of an enrichment: what it does to every record. It keeps nothing from one block to the next.</summary>
internal interface IStep
{
    /// <summary>What a submission calls it.</summary>
    string Type { get; }

    /// <summary>The columns it cannot do without.</summary>
    IReadOnlyList<StepInput> Reads { get; }

    /// <summary>Columns that one record can get from it.</summary>
    int Adds { get; }

    /// <summary>Does to the names of the columns what the step does to the columns.</summary>
    void Shape(ColumnNames columns);

    /// <summary>Runs over all records of the block that are not rejected.</summary>
    ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken);

    /// <summary>Writes its members beside <c>type</c>, as a submission has them, defaults filled in.</summary>
    /// <param name="show">For others to see: without what may be secret.</param>
    void Write(Utf8JsonWriter output, bool show);
}

/// <summary>A column that a step reads.</summary>
/// <param name="Member">The member of the step that names it.</param>
internal readonly record struct StepInput(string Member, string Column);

/// <summary>What steps need beside the records.</summary>
internal sealed record StepContext(ILookups Lookups, Clock Clock);
