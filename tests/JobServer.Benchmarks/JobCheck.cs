using System.Text.Json;

namespace JobServer.Benchmarks;

/// <summary>Whether a job came to what a benchmark asks for.</summary>
internal static class JobCheck
{
    /// <exception cref="IncorrectException">Not every one of the items succeeded, or there are others.</exception>
    public static void AllSucceeded(JsonElement job, long items)
    {
        var progress = job.GetProperty("progress");
        if (
            job.GetProperty("state").GetString() != "succeeded"
            || progress.GetProperty("total").GetInt64() != items
            || progress.GetProperty("succeeded").GetInt64() != items
        )
        {
            throw new IncorrectException($"not every one of {items} items succeeded: {job.GetRawText()}");
        }
    }
}
