using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using JobServer.Hosting;
using Microsoft.Net.Http.Headers;

namespace JobServer.Jobs.Results;

/// <summary>How result lines are written out.</summary>
internal abstract class ResultFormat
{
    // Never set into HTML.
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static readonly ResultFormat Ndjson = new NdjsonFormat();
    public static readonly ResultFormat Json = new JsonFormat();
    public static readonly ResultFormat Csv = new CsvFormat(keepFormulas: false);

    /// <summary>All formats, the default first.</summary>
    public static readonly IReadOnlyList<ResultFormat> All = [Ndjson, Csv, Json];

    public abstract string ContentType { get; }

    /// <summary>The format the request asks for; null when it accepts none of ours.</summary>
    public static ResultFormat? Negotiate(IList<MediaTypeHeaderValue> accept) =>
        MediaTypes.Choose(accept, All, format => format.ContentType);

    public virtual void Begin(IBufferWriter<byte> output) { }

    public abstract void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst);

    public virtual void End(IBufferWriter<byte> output) { }

    protected static Utf8JsonWriter Writer(IBufferWriter<byte> output) =>
        new(output, new JsonWriterOptions { Encoder = Encoder, SkipValidation = true });
}
