using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment;

/// <summary>What an enrichment job does with which records.</summary>
internal sealed record EnrichmentSettings
{
    private const int DefaultBatchSize = 1000;
    private const int MaxBatchSize = 10_000;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required EnrichmentInput Input { get; init; }

    /// <summary>What was found at the input; null in a submission that nobody looked at yet.</summary>
    public InputShape? Shape { get; init; }

    /// <summary>1 to 50, in the order in which they run.</summary>
    public required IReadOnlyList<IStep> Steps { get; init; }

    /// <summary>Records that are run, and recorded, as one. Default 1000; 1 to 10,000.</summary>
    public required int BatchSize { get; init; }

    /// <summary>How lookups call, and when the job is given up: the member <c>options</c> of a submission.</summary>
    public required CallSettings Calls { get; init; }

    /// <summary>Reads all members but the input; what is wrong with them goes to the faults.</summary>
    public static EnrichmentSettings Read(Fields submission, EnrichmentInput input, Faults faults) =>
        new()
        {
            Input = input,
            Steps = StepTypes.Read(submission, faults),
            BatchSize = submission.Int("batchSize", DefaultBatchSize, 1, MaxBatchSize),
            Calls = CallSettings.Read(submission),
        };

    /// <summary>As stored with the job: <c>{"options": {"input", "steps", "batchSize", …}, "shape"}</c>, defaults filled in.</summary>
    public byte[] ToArgs() => Write(show: false);

    /// <summary>Reads back what <see cref="ToArgs"/> wrote.</summary>
    public static EnrichmentSettings OfArgs(byte[] args) => JobArgs.Read(args, Read);

    private static EnrichmentSettings Read(byte[] args)
    {
        using var document = JsonDocument.Parse(args);
        var options = document.RootElement.GetProperty("options");
        var faults = new Faults();
        var fields = new Fields(options, "options", faults);
        var settings = new EnrichmentSettings
        {
            Input = EnrichmentInput.Of(options.GetProperty("input")),
            Shape = document.RootElement.GetProperty("shape").Deserialize<InputShape>(JsonSerializerOptions.Web),
            Steps = StepTypes.Read(fields, faults),
            BatchSize = fields.Int("batchSize", DefaultBatchSize, 1, MaxBatchSize),
            Calls = CallsOf(options),
        };
        return faults.Any
            ? throw new JsonException("The stored arguments of an enrichment job are not valid.")
            : settings;
    }

    /// <summary>What is left of the options without those of an enrichment's own.</summary>
    private static CallSettings CallsOf(JsonElement options)
    {
        var calls = JsonObject.Create(options)!;
        foreach (var own in (string[])["input", "steps", "batchSize"])
            calls.Remove(own);
        return calls.Deserialize<CallSettings>(JobArgs.Json)!;
    }

    /// <summary>Stored arguments as clients may see them: the values of headers are left out.</summary>
    public static byte[] ShowArgs(byte[] args) => OfArgs(args).Write(show: true);

    private byte[] Write(bool show)
    {
        var args = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(args, Writing);
        writer.WriteStartObject();
        writer.WriteStartObject("options");
        Input.Write(writer);
        StepTypes.Write(Steps, writer, show);
        writer.WriteNumber("batchSize", BatchSize);
        foreach (var option in JsonSerializer.SerializeToElement(Calls, JsonSerializerOptions.Web).EnumerateObject())
            option.WriteTo(writer);
        writer.WriteEndObject();
        writer.WritePropertyName("shape");
        JsonSerializer.Serialize(writer, Shape, JsonSerializerOptions.Web);
        writer.WriteEndObject();
        writer.Flush();
        return args.WrittenSpan.ToArray();
    }
}
