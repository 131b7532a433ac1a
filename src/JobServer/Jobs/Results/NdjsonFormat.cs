using System.Buffers;

namespace JobServer.Jobs.Results;

/// <summary>A line for each item.</summary>
internal sealed class NdjsonFormat : ResultFormat
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
