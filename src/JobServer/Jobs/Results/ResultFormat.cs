using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace JobServer.Jobs.Results;

/// <summary>How result lines are written out.</summary>
internal abstract class ResultFormat
{
    public static readonly ResultFormat Ndjson = new NdjsonFormat();
    public static readonly ResultFormat Json = new JsonFormat();
    public static readonly ResultFormat Csv = new CsvFormat();

    /// <summary>All formats, the default first.</summary>
    public static readonly IReadOnlyList<ResultFormat> All = [Ndjson, Csv, Json];

    public abstract string ContentType { get; }

    /// <summary>The format the request asks for; null when it accepts none of ours.</summary>
    public static ResultFormat? Negotiate(IList<MediaTypeHeaderValue> accept)
    {
        if (accept.Count == 0)
            return Ndjson;
        var wanted = accept.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1);
        return wanted
            // Parameters such as charset=utf-8 ask for nothing that is not given.
            .Select(type => All.FirstOrDefault(format => type.MatchesMediaType(format.ContentType)))
            .FirstOrDefault(format => format is not null);
    }

    public virtual void Begin(IBufferWriter<byte> output) { }

    public abstract void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst);

    public virtual void End(IBufferWriter<byte> output) { }

    private static Utf8JsonWriter Writer(IBufferWriter<byte> output) =>
        new(
            output,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }
        );

    private sealed class NdjsonFormat : ResultFormat
    {
        public override string ContentType => "application/x-ndjson";

        public override void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst)
        {
            using var writer = Writer(output);
            foreach (var line in lines)
            {
                line.WriteTo(writer);
                writer.Flush();
                output.Write("\n"u8);
                writer.Reset(output);
            }
        }
    }

    private sealed class JsonFormat : ResultFormat
    {
        public override string ContentType => "application/json";

        public override void Begin(IBufferWriter<byte> output) => output.Write("["u8);

        public override void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst)
        {
            using var writer = Writer(output);
            foreach (var line in lines)
            {
                if (!isFirst)
                    output.Write(","u8);
                isFirst = false;
                line.WriteTo(writer);
                writer.Flush();
                writer.Reset(output);
            }
        }

        public override void End(IBufferWriter<byte> output) => output.Write("]"u8);
    }

    private sealed class CsvFormat : ResultFormat
    {
        public override string ContentType => "text/csv";

        public override void Begin(IBufferWriter<byte> output) =>
            output.Write("seq,key,state,error_code,error_detail,attempts,duration_ms,value\r\n"u8);

        public override void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst)
        {
            var text = new StringBuilder();
            foreach (var line in lines)
            {
                text.Append(line.Seq).Append(',');
                AppendCell(text, line.Key)
                    .Append(',')
                    .Append(line.State)
                    .Append(',')
                    .Append(line.ErrorCode)
                    .Append(',');
                AppendCell(text, line.ErrorDetail).Append(',').Append(line.Attempts).Append(',');
                text.Append(Math.Round(line.DurationMs, 3)).Append(',');
                AppendCell(text, line.Value is null ? null : Encoding.UTF8.GetString(line.Value)).Append("\r\n");
                if (text.Length > 16 * 1024)
                    Drain(text, output);
            }

            Drain(text, output);
        }

        private static void Drain(StringBuilder text, IBufferWriter<byte> output)
        {
            Encoding.UTF8.GetBytes(text.ToString(), output);
            text.Clear();
        }

        /// <summary>RFC 4180; text a spreadsheet would take for a formula is led by an apostrophe, as OWASP advises.</summary>
        private static StringBuilder AppendCell(StringBuilder text, string? cell)
        {
            if (string.IsNullOrEmpty(cell))
                return text;
            if (cell[0] is '=' or '+' or '-' or '@' or '\t' or '\r' && !double.TryParse(cell, out _))
                cell = "'" + cell;
            return cell.AsSpan().ContainsAny(",\"\r\n")
                ? text.Append('"').Append(cell.Replace("\"", "\"\"")).Append('"')
                : text.Append(cell);
        }
    }
}
