namespace JobServer.Jobs.Benchmark.Report;

/// <summary>Why a round does not count.</summary>
internal enum LeftOutCause
{
    /// <summary>It came to nothing.</summary>
    Failed,

    /// <summary>Jobs of other queues ran on the machine meanwhile.</summary>
    Busy,

    /// <summary>Its block was not measured as a whole, by one process.</summary>
    Broken,
}

/// <summary>The cause, and the same in a few words.</summary>
internal readonly record struct LeftOut(LeftOutCause Cause, string Words)
{
    /// <summary>The most telling cause; null for a round that counts.</summary>
    /// <param name="broken">What is wrong with its block, in a few words; null for a whole one.</param>
    public static LeftOut? Of(RecordedRound recorded, bool isMeasured, string? broken)
    {
        if (recorded.Round is not { } round)
            return new LeftOut(LeftOutCause.Failed, $"failed: {recorded.ErrorCode}");
        if (!isMeasured)
            return new LeftOut(LeftOutCause.Failed, "too short to measure");
        if (round.Busy.Count > 0)
        {
            var were = round.Busy.Count == 1 ? "another queue was" : "other queues were";
            return new LeftOut(LeftOutCause.Busy, $"{were} busy: {string.Join(", ", round.Busy)}");
        }

        return broken is null ? null : new LeftOut(LeftOutCause.Broken, broken);
    }

    /// <summary>What is wrong with a block, in a few words; null for a whole one.</summary>
    /// <param name="size">Rounds that it is made of.</param>
    public static string? Broken(IReadOnlyCollection<RecordedRound> block, int size)
    {
        if (block.Count < size)
            return "its block is not complete";
        // Of a failed round nobody knows who ran it.
        return
            block.Select(recorded => recorded.Round?.Run).OfType<string>().Distinct(StringComparer.Ordinal).Count() > 1
            ? "its block was not completed by one process"
            : null;
    }
}
