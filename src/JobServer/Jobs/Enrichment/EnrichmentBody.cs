using System.Text.Json;
using System.Text.Json.Serialization;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Submissions;

namespace JobServer.Jobs.Enrichment;

/// <summary>
/// The body of a submission as the API's description shows it; it is read by <see cref="EnrichmentSubmission"/>.
/// </summary>
/// <param name="Steps">1 to 50, in the order in which they run.</param>
/// <param name="BatchSize">Records that are run as one. Default 1000; 1 to 10,000.</param>
/// <param name="Options">How lookups call. Left out: defaults.</param>
internal sealed record EnrichmentBody(
    EnrichmentInputBody Input,
    IReadOnlyList<StepBody> Steps,
    int BatchSize = 1000,
    CallSettings? Options = null
) : EnvelopeBody;

/// <summary>Where the records come from: exactly one of these.</summary>
/// <param name="Records">Objects.</param>
/// <param name="FileId">A file that was uploaded.</param>
/// <param name="Files">Several, one after the other; at most 100.</param>
/// <param name="FromJob">A job whose results are the records.</param>
internal sealed record EnrichmentInputBody(
    IReadOnlyList<JsonElement>? Records = null,
    Guid? FileId = null,
    IReadOnlyList<Guid>? Files = null,
    Guid? FromJob = null
);

/// <summary>One step.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ProcessedAtStepBody), Steps.ProcessedAtStep.Name)]
[JsonDerivedType(typeof(ScoreStepBody), Steps.ScoreStep.Name)]
[JsonDerivedType(typeof(SetStepBody), Steps.SetStep.Name)]
[JsonDerivedType(typeof(RenameStepBody), Steps.RenameStep.Name)]
[JsonDerivedType(typeof(DropStepBody), Steps.DropStep.Name)]
[JsonDerivedType(typeof(LookupStepBody), Steps.LookupStep.Name)]
internal abstract record StepBody;

/// <summary>The time at which the record was processed, UTC with milliseconds.</summary>
internal sealed record ProcessedAtStepBody(string Into = Steps.ProcessedAtStep.Name) : StepBody;

/// <summary>FNV-1a (64 bit) of the field's text, modulo.</summary>
/// <param name="Modulo">2 to 1,000,000,000.</param>
internal sealed record ScoreStepBody(string Field, string Into = Steps.ScoreStep.Name, int Modulo = 100) : StepBody;

/// <summary>The same value for every record.</summary>
internal sealed record SetStepBody(string Field, JsonElement Value) : StepBody;

/// <summary>Gives a column another name; one that has it already disappears.</summary>
internal sealed record RenameStepBody(string From, string To) : StepBody;

/// <summary>Leaves columns out: one, or several.</summary>
internal sealed record DropStepBody(string? Field = null, IReadOnlyList<string>? Fields = null) : StepBody;

/// <summary>Asks a host about each record.</summary>
/// <param name="Url">With fields in braces after host and port, as in <c>https://host/people/{email}</c>.</param>
/// <param name="Select">New columns, each with its path in the body, as in <c>$.address.city</c>.</param>
/// <param name="Into">The column of the whole body, or of the object that is selected.</param>
/// <param name="OnError">reject or null. Default reject.</param>
/// <param name="CacheFor">How long an answer may serve other records. Default 01:00:00; 0 to 30 days.</param>
internal sealed record LookupStepBody(
    string Url,
    IReadOnlyDictionary<string, string>? Select = null,
    string? Into = null,
    IReadOnlyDictionary<string, string>? Headers = null,
    string OnError = "reject",
    string CacheFor = "01:00:00"
) : StepBody;
