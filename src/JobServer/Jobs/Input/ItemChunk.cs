namespace JobServer.Jobs.Input;

/// <summary>A run of consecutive items as it is stored: <paramref name="Input"/> is a JSON array of canonical items.</summary>
internal sealed record ItemChunk(int ChunkNo, int FirstSeq, int ItemCount, ReadOnlyMemory<byte> Input);
