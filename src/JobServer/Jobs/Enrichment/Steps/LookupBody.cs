using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Makes an answer of the body that a host sent.</summary>
internal static class LookupBody
{
    public const string NotJsonCode = "lookup_not_json";
    public const string NoMatchCode = "lookup_no_match";

    // The record and an object selected into it are two of its levels.
    private const int MaxLevels = 64 - 2;

    private static readonly JsonWriterOptions Writing = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>What the step takes from a body, values as they were sent. A failure names the step's host.</summary>
    public static LookupAnswer Select(LookupStep step, ReadOnlySpan<byte> body)
    {
        var bom = Encoding.UTF8.Preamble;
        var json = (body.StartsWith(bom) ? body[bom.Length..] : body).Trim(" \t\r\n"u8);
        var at = TextPosition.Start;
        if (ValueCheck.Find(json, MaxLevels, ref at) is var flaw and not ValueFlaw.None)
            return Failure(step, NotJsonCode, Describe(flaw, at));
        if (step.Select.Count == 0)
            return LookupAnswer.Of(RecordText.OnOneLine(json));

        var root = JsonElement.Parse(json);
        var selected = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(selected, Writing);
        writer.WriteStartObject();
        foreach (var (column, path) in step.Select)
        {
            if (!path.TryFind(root, out var found))
                return Failure(step, NoMatchCode, $"The body has nothing at {path.Text}.");
            writer.WritePropertyName(column);
            writer.WriteRawValue(RecordText.OnOneLine(JsonMarshal.GetRawUtf8Value(found)), skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return LookupAnswer.Of(selected.WrittenSpan.ToArray());
    }

    private static string Describe(ValueFlaw flaw, TextPosition at) =>
        flaw switch
        {
            ValueFlaw.Malformed => $"The body is not JSON, at {at}.",
            ValueFlaw.TooDeep => $"The body has more than {MaxLevels} levels of lists and objects.",
            _ => "The body holds text that is not Unicode.",
        };

    private static LookupAnswer Failure(LookupStep step, string code, string detail) =>
        LookupAnswer.Failure(code, detail, step.Url.Host);
}
