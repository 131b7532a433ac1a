using System.Globalization;

namespace JobServer.BatchedStorage;

/// <summary>Ids of jobs are numbers here, and texts for Hangfire.</summary>
internal static class JobId
{
    public static long Parse(string id) => long.Parse(id, CultureInfo.InvariantCulture);

    public static string Format(long id) => id.ToString(CultureInfo.InvariantCulture);
}
