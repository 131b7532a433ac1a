using System.Reflection;
using Hangfire;
using Hangfire.Storage;

namespace JobServer.BatchedStorage.Locking;

/// <summary>Finds out what Hangfire calls the lock of a job: under another name it would not keep workers out.</summary>
internal static class LockNames
{
    /// <exception cref="InvalidOperationException">It is not the name this storage was written for.</exception>
    public static void Check()
    {
        var connection = Listener.Connect();
        connection.AcquireDistributedJobLock("7", TimeSpan.Zero);
        Check(((Listener)(object)connection).Resource);
    }

    /// <param name="resource">What the lock of job 7 is called.</param>
    internal static void Check(string? resource)
    {
        if (resource is null || JobLock.IdOf(resource) != 7)
        {
            throw new InvalidOperationException(
                $"Hangfire.Core {typeof(JobStorage).Assembly.GetName().Version} calls the lock of job 7 '{resource}', which "
                    + "this storage does not know. Use the version of the package that it was built with."
            );
        }
    }

    /// <summary>A connection that only hears which lock it is asked for first.</summary>
    internal class Listener : DispatchProxy
    {
        public string? Resource { get; private set; }

        public static IStorageConnection Connect() => Create<IStorageConnection, Listener>();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Resource ??= args is [string resource, ..] ? resource : null;
            return null;
        }
    }
}
