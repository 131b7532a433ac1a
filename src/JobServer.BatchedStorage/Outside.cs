using System.Transactions;

namespace JobServer.BatchedStorage;

/// <summary>Where the storage does something of its own, whatever transaction its caller is in.</summary>
internal static class Outside
{
    public static TransactionScope Ambient() =>
        new(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
}
