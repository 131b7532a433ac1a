using System.Buffers;

namespace JobServer.Jobs.Results;

/// <summary>One array of all items.</summary>
internal sealed class JsonFormat : ResultFormat
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
