namespace JobServer.Access;

/// <summary>What a key may be allowed to do. None includes another but <see cref="Admin"/>, which includes all.</summary>
internal static class Scopes
{
    public const string ReadJobs = "jobs:read";
    public const string WriteJobs = "jobs:write";
    public const string Benchmark = "benchmark";
    public const string WriteSchedules = "schedules:write";
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All = [ReadJobs, WriteJobs, Benchmark, WriteSchedules, Admin];
}
