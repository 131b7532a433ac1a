using System.Transactions;

namespace JobServer.Jobs;

/// <summary>One commit for rows of the ledger and of Hangfire.</summary>
internal static class LedgerTransaction
{
    /// <summary>
    /// An ambient transaction for code that opens and closes its connections one after the other, so that all of it
    /// runs on one. ReadCommitted: the default, Serializable, fails most concurrent accepts with 40001.
    /// </summary>
    public static TransactionScope Begin(TimeSpan timeout) => Open(TransactionScopeOption.RequiresNew, timeout);

    /// <summary>The ambient transaction if there is one; else one is begun.</summary>
    public static TransactionScope Join(TimeSpan timeout) => Open(TransactionScopeOption.Required, timeout);

    /// <summary>What is done in it is part of no transaction.</summary>
    public static TransactionScope Suppress() =>
        new(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);

    /// <summary>There is one, which what is done now is part of.</summary>
    public static bool IsAmbient => Transaction.Current is not null;

    /// <summary>Calls back once the ambient transaction, and whatever it is part of, has committed; never when it has not.</summary>
    public static void OnCommitted(Action callback) =>
        Transaction.Current!.TransactionCompleted += (_, ended) =>
        {
            if (ended.Transaction?.TransactionInformation.Status == TransactionStatus.Committed)
                callback();
        };

    private static TransactionScope Open(TransactionScopeOption option, TimeSpan timeout) =>
        new(
            option,
            new TransactionOptions { IsolationLevel = IsolationLevel.ReadCommitted, Timeout = timeout },
            TransactionScopeAsyncFlowOption.Enabled
        );
}
