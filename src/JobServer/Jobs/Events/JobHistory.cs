using System.Text.RegularExpressions;
using JobServer.Ledger;

namespace JobServer.Jobs.Events;

/// <summary>
/// Writes into a job's log what its states do not say. No more than a convenience: what cannot be written within 2 s is
/// left out, and the work goes on.
/// </summary>
internal sealed partial class JobHistory(LogStore log, ILogger<JobHistory> logger)
{
    public const int MaxLength = 500;

    private const string Warning = "warning";
    private const string Error = "error";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public Task LaneFailedAsync(LaneKey lane, Exception fault) =>
        AddAsync(lane.Job, Error, "lane_failed", $"Lane {lane.Lane}: {fault.GetType().Name}: {fault.Message}");

    public Task LaneRepairedAsync(LaneKey lane, string hangfireState) =>
        AddAsync(
            lane.Job,
            Warning,
            "lane_repaired",
            $"Lane {lane.Lane} was enqueued again: its Hangfire job was {hangfireState}."
        );

    public Task LaneFencedAsync(LaneKey lane, int prevented) =>
        AddAsync(
            lane.Job,
            Warning,
            "lane_fenced",
            $"Lane {lane.Lane} was fenced by a newer attempt: {prevented} late results were not written."
        );

    public Task ItemsGivenUpAsync(JobKey job, int count, JobError error) =>
        AddAsync(job, Warning, "items_given_up", $"{count} items failed with {error.Code}: {error.Detail}");

    public Task ItemDefectAsync(JobKey job, int seq, Exception defect) =>
        AddAsync(job, Error, "item_defect", $"Item {seq}: {defect.GetType().Name}; the server's log says more.");

    /// <summary>Without what looks like a secret, in one line, at most 500 characters.</summary>
    internal static string Presentable(string text)
    {
        var cut = Blank.Replace(Credentials.Replace(Secret.Replace(text, "${name}***"), "://***@"), " ");
        return cut.Length <= MaxLength ? cut : $"{cut[..(MaxLength - 1)]}…";
    }

    private async Task AddAsync(JobKey job, string level, string @event, string detail)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await log.AddAsync(job, level, @event, Presentable(detail), limit.Token);
        }
        catch (Exception exception)
        {
            logger.EntryNotWritten(@event, job.Id, exception);
        }
    }

    [GeneratedRegex(
        @"\b(?<name>(password|pwd|passwd|secret|token|api[-_]?key|authorization)\s*[=:]\s*)[^;,\r\n]+",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Secret { get; }

    [GeneratedRegex(@"://[^/\s@]+@", RegexOptions.None, 1000)]
    private static partial Regex Credentials { get; }

    [GeneratedRegex(@"[\s\x00-\x1f]+", RegexOptions.None, 1000)]
    private static partial Regex Blank { get; }
}
