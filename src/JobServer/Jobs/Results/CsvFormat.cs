using System.Buffers;
using System.Globalization;

namespace JobServer.Jobs.Results;

/// <summary>A row for each item, its value as JSON in one cell: for values that share no columns.</summary>
internal sealed class CsvFormat(bool keepFormulas) : ResultFormat
{
    public override string ContentType => "text/csv";

    public override void Begin(IBufferWriter<byte> output) =>
        output.Write("seq,key,state,error_code,error_detail,attempts,duration_ms,value\r\n"u8);

    public override void Write(IReadOnlyList<ResultLine> lines, IBufferWriter<byte> output, bool isFirst)
    {
        var cells = new CsvWriter(output, keepFormulas);
        foreach (var line in lines)
        {
            cells.Number(line.Seq);
            cells.Text(line.Key);
            cells.Text(line.State);
            cells.Text(line.ErrorCode);
            cells.Text(line.ErrorDetail);
            cells.Number(line.Attempts);
            cells.Raw(Math.Round(line.DurationMs, 3).ToString(CultureInfo.InvariantCulture));
            cells.Text(line.Value is { } value ? value.Span : default);
            cells.EndRow();
        }
    }
}
