using Npgsql;

namespace JobServer.Ledger;

/// <summary>Results that PostgreSQL refuses to store: they fail, and nothing else does.</summary>
internal static class Unstorable
{
    private const string Code = "unstorable";

    // Class 22: a value PostgreSQL refuses (bad UTF-8, a NUL in text); class 54: one too deep or too large for it.
    public static bool IsAboutTheData(PostgresException refusal) =>
        refusal.SqlState.StartsWith("22", StringComparison.Ordinal)
        || refusal.SqlState.StartsWith("54", StringComparison.Ordinal);

    public static ItemOutcome Of(ItemOutcome outcome, PostgresException refusal) =>
        outcome with
        {
            Value = null,
            ErrorCode = Code,
            ErrorDetail = $"PostgreSQL cannot store the result: {refusal.MessageText} ({refusal.SqlState}).",
            ErrorHost = outcome.ErrorHost?.Replace('\0', '?'),
        };

    /// <summary>Commits the halves of a group by themselves, until what is refused stands alone.</summary>
    public static async Task<GroupCommit> HalveAsync<T>(
        IReadOnlyList<T> group,
        Func<IReadOnlyList<T>, Task<GroupCommit>> commit
    )
    {
        var half = group.Count / 2;
        var first = await commit([.. group.Take(half)]);
        var second = await commit([.. group.Skip(half)]);
        return new GroupCommit(first.Fenced.Union(second.Fenced).ToHashSet(), second.FinishedJob);
    }
}
