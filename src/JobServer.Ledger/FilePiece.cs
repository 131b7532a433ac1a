namespace JobServer.Ledger;

/// <summary>Consecutive records of a file.</summary>
public readonly record struct FilePiece(int FirstRecord, int RecordCount, ReadOnlyMemory<byte> Content);
