using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment;

/// <summary>Where the records of a job come from. One of the three is given.</summary>
/// <param name="Records">How many came with the submission.</param>
/// <param name="Files">Ids of files, in the order of their records.</param>
/// <param name="FromJob">The job whose results they are.</param>
internal sealed record EnrichmentInput(int? Records, IReadOnlyList<Guid> Files, Guid? FromJob)
{
    private const int MaxFiles = 100;
    private const int MaxIdLength = 100;

    private static readonly string[] Sources = ["records", "fileId", "files", "fromJob"];

    /// <summary>Reads the member <c>input</c>; what is wrong with it goes to the faults.</summary>
    public static (EnrichmentInput Input, InlineRecords? Records) Read(Fields submission, Faults faults)
    {
        submission.Require("input");
        var isGiven = submission.Object("input", out var input);
        var records = input.TryGet("records", out var given)
            ? InlineRecords.Read(given, "input.records", faults)
            : null;
        var ids = new List<Guid?>();
        if (input.OptionalText("fileId", 1, MaxIdLength) is { } fileId)
            ids.Add(ReadId(input, "fileId", fileId));
        foreach (var (index, text) in input.Strings("files", MaxFiles, MaxIdLength).Index())
            ids.Add(ReadId(input, $"files[{index}]", text));
        if (
            input.TryGet("files", out var list)
            && list is { ValueKind: JsonValueKind.Array }
            && list.GetArrayLength() == 0
        )
            input.Refuse("files", "must hold at least one id");
        Guid[] files = [.. ids.OfType<Guid>()];
        if (files.Distinct().Count() < files.Length)
            input.Refuse("files", "holds a file more than once");
        var job = input.OptionalText("fromJob", 1, MaxIdLength) is { } jobId ? ReadId(input, "fromJob", jobId) : null;
        var kinds = Sources.Count(name => input.TryGet(name, out _));
        if (isGiven && kinds != 1)
            submission.Refuse("input", $"must have one of: {string.Join(", ", Sources)}");
        input.Done();
        return (new EnrichmentInput(records?.Count, files, job), records);
    }

    /// <summary>Reads back what <see cref="Write"/> wrote.</summary>
    public static EnrichmentInput Of(JsonElement stored) =>
        new(
            stored.TryGetProperty("records", out var records) ? records.GetInt32() : null,
            stored.TryGetProperty("files", out var files) ? [.. files.EnumerateArray().Select(id => id.GetGuid())] : [],
            stored.TryGetProperty("fromJob", out var job) ? job.GetGuid() : null
        );

    /// <summary>As stored with the job: <c>{"records": 17}</c>, <c>{"files": […]}</c> or <c>{"fromJob": …}</c>.</summary>
    public void Write(Utf8JsonWriter output)
    {
        output.WriteStartObject("input");
        if (Records is { } records)
            output.WriteNumber("records", records);
        if (Files.Count > 0)
        {
            output.WriteStartArray("files");
            foreach (var id in Files)
                output.WriteStringValue(id);
            output.WriteEndArray();
        }

        if (FromJob is { } job)
            output.WriteString("fromJob", job);
        output.WriteEndObject();
    }

    private static Guid? ReadId(Fields input, string member, string text)
    {
        if (Guid.TryParseExact(text, "D", out var id))
            return id;
        input.Refuse(member, "must be an id like \"01890a5d-ac96-774b-bcce-b302099a8057\"");
        return null;
    }
}
