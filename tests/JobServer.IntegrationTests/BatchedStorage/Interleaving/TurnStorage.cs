using System.Reflection;
using System.Runtime.ExceptionServices;
using Hangfire;
using Hangfire.States;
using Hangfire.Storage;

namespace JobServer.IntegrationTests.BatchedStorage.Interleaving;

/// <summary>A storage whose connections let the <see cref="Actor"/> of the thread wait for its turn before each call.</summary>
internal sealed class TurnStorage(JobStorage inner) : JobStorage
{
    public override bool LinearizableReads => inner.LinearizableReads;

    public override IMonitoringApi GetMonitoringApi() => inner.GetMonitoringApi();

    public override bool HasFeature(string featureId) => inner.HasFeature(featureId);

    public override IEnumerable<IStateHandler> GetStateHandlers() => inner.GetStateHandlers();

    public override IStorageConnection GetConnection() => Turns<IStorageConnection>.Of(inner.GetConnection());
}

/// <summary>Waits for a turn before each call, and after the end of a lock.</summary>
/// <remarks>A transaction's turn is when it is made: what it records until its commit touches no row.</remarks>
#pragma warning disable CA1852 // The proxy derives from it.
internal class Turns<T> : DispatchProxy
    where T : class
{
    private T _inner = null!;

    public static T Of(T inner)
    {
        var proxy = Create<T, Turns<T>>();
        ((Turns<T>)(object)proxy)._inner = inner;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var isEnd = targetMethod!.Name == nameof(IDisposable.Dispose);
        if (!isEnd)
            Actor.Current?.Point($"{targetMethod.Name}({args?.FirstOrDefault()})");
        try
        {
            var result = targetMethod.Invoke(_inner, args);
            if (isEnd && typeof(T) == typeof(IDisposable))
                Actor.Current?.Point("after a lock");
            return result is IDisposable held && targetMethod.Name == nameof(IStorageConnection.AcquireDistributedLock)
                ? Turns<IDisposable>.Of(held)
                : result;
        }
        catch (TargetInvocationException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
            throw;
        }
    }
}
