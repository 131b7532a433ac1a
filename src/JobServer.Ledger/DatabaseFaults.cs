using System.Transactions;
using Npgsql;

namespace JobServer.Ledger;

/// <summary>Tells a database that is away for a while from a statement that is wrong.</summary>
public static class DatabaseFaults
{
    // No login, no such database, an operator's intervention, a fault of its system.
    private static readonly string[] AwayClasses = ["28", "3D", "57P", "58"];

    /// <summary>
    /// True for what time or an operator mends: connections lost or refused, restarts, overload, deadlocks, read-only times.
    /// </summary>
    public static bool IsPassing(Exception exception) =>
        exception switch
        {
            PostgresException refusal => refusal.IsTransient
                || refusal.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction
                || AwayClasses.Any(start => refusal.SqlState.StartsWith(start, StringComparison.Ordinal)),
            NpgsqlException or TimeoutException or TransactionException => true,
            _ => exception.InnerException is { } inner && IsPassing(inner),
        };
}
