namespace JobServer.Jobs.Enrichment.Records;

/// <summary>Consecutive records in their stored form, one line each.</summary>
/// <param name="Columns">Names of the cells where lines are arrays; null where they are objects.</param>
/// <param name="Lines">
/// UTF-8, every line ended by <c>\n</c>: an array with a value for each column, an object, or <c>!</c> and what is
/// wrong with a faulty record, <c>{"code", "detail", "record"}</c>.
/// </param>
internal sealed record RecordBlock(int Count, IReadOnlyList<string>? Columns, ReadOnlyMemory<byte> Lines);

/// <summary>What became of the records of one block.</summary>
/// <param name="Columns">Names after the steps where lines are arrays; null where they are objects.</param>
/// <param name="Lines">One line for each record, ended by <c>\n</c>, empty for a reject. Valid until the next block.</param>
/// <param name="Rejects">In the order of the records.</param>
internal sealed record EnrichedBlock(
    int Count,
    IReadOnlyList<string>? Columns,
    ReadOnlyMemory<byte> Lines,
    IReadOnlyList<Reject> Rejects
);

/// <summary>A record that could not be enriched.</summary>
/// <param name="Index">Its place in the block, from 0.</param>
/// <param name="Host">The host that a lookup failed at.</param>
/// <param name="Record">As it came, UTF-8 JSON; <c>null</c> when nothing of it can be shown. Part of the block's lines.</param>
internal sealed record Reject(int Index, string Code, string Detail, string? Host, ReadOnlyMemory<byte> Record);
