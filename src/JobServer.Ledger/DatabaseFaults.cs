using System.Transactions;
using Npgsql;

namespace JobServer.Ledger;

/// <summary>Tells a database that is away for a while from a statement that is wrong.</summary>
public static class DatabaseFaults
{
    /// <summary>True for what time may mend: connections lost or refused, restarts, overload, deadlocks, read-only times.</summary>
    public static bool IsPassing(Exception exception) =>
        exception switch
        {
            PostgresException refusal => refusal.IsTransient
                || refusal.SqlState.StartsWith("57P", StringComparison.Ordinal)
                || refusal.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction,
            NpgsqlException or TimeoutException or TransactionException => true,
            _ => exception.InnerException is { } inner && IsPassing(inner),
        };
}
