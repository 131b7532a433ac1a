using System.Globalization;

namespace JobServer.BatchedStorage.Locking;

/// <summary>Hangfire's name for the lock of a job.</summary>
internal static class JobLock
{
    private const string Prefix = "job:";
    private const string Suffix = ":state-lock";

    /// <summary>The job whose lock this resource is; null where it is another lock.</summary>
    public static long? IdOf(string resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return
            resource.Length > Prefix.Length + Suffix.Length
            && resource.StartsWith(Prefix, StringComparison.Ordinal)
            && resource.EndsWith(Suffix, StringComparison.Ordinal)
            && long.TryParse(
                resource.AsSpan(Prefix.Length..^Suffix.Length),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var id
            )
            ? id
            : null;
    }
}

/// <summary>Nothing to let go: who holds it compares instead.</summary>
internal sealed class NoLock : IDisposable
{
    public static readonly NoLock Instance = new();

    public void Dispose() { }
}
