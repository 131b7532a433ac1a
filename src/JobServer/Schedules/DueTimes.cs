using System.Transactions;
using JobServer.Hosting;
using JobServer.Jobs;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>
/// Gives the due times of a schedule that have passed their jobs: each in one commit with the record of it, under the
/// lock of the schedule. Any number of hosts may do so at once.
/// </summary>
internal sealed class DueTimes(
    ScheduleStore schedules,
    ScheduleRunStore runs,
    ServerStore servers,
    ServerBeat beat,
    ScheduleSubmission submission,
    ILogger<DueTimes> logger
)
{
    /// <summary>So many jobs of a schedule wait for earlier ones at most.</summary>
    public const int MaxInLine = 100;

    /// <summary>Due times seen to in one go; the rest is left to the next.</summary>
    private const int MaxSteps = 200;

    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(30);

    /// <summary>Sees to what is due now. Does nothing while another host does it.</summary>
    public async Task SeeToAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        if (!await schedules.IsDueAsync(key, cancellationToken))
            return;
        // Else a due time would seem missed while this very server is only late to say that it is up.
        await beat.RenewAsync(cancellationToken);
        var steps = 0;
        while (steps < MaxSteps && await StepAsync(key, cancellationToken))
            steps++;
        if (steps > 0)
            await runs.TrimAsync(key, cancellationToken);
    }

    /// <summary>False when nothing is due, or another host sees to it.</summary>
    private async Task<bool> StepAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        Refused? refused;
        using (var transaction = LedgerTransaction.Begin(StepLimit))
        {
            if (await FindAsync(key, cancellationToken) is not { } due)
                return false;
            refused = due.Step.Run is { } dueAt
                ? await RunAsync(due.Schedule, dueAt, cancellationToken)
                : await WriteOffAsync(due.Schedule, due.Step.Missed, cancellationToken);
            if (refused is null)
            {
                await MoveAsync(due, cancellationToken);
                transaction.Complete();
            }
        }

        // The transaction of a refused submission is lost, with the lock.
        return refused is null || await RecordAsync(key, refused, cancellationToken);
    }

    private async Task<Due?> FindAsync(ScheduleKey key, CancellationToken cancellationToken)
    {
        if (await schedules.TryLockAsync(key, cancellationToken) is not { Paused: false } schedule)
            return null;
        var timetable = Timetable.Of(schedule.Definition);
        var upTimes = await servers.UpSinceAsync(schedule.SeenUntil, cancellationToken);
        var step = DueStep.Find(timetable, schedule.Definition, schedule.SeenUntil, schedule.ReadAt, upTimes);
        return step is null ? null : new Due(schedule, timetable, step);
    }

    private Task MoveAsync(Due due, CancellationToken cancellationToken) =>
        schedules.MoveAsync(
            due.Schedule.Key,
            due.Schedule.Paused,
            due.Step.SeenUntil,
            due.Timetable.Next(due.Step.SeenUntil),
            cancellationToken
        );

    private async Task<Refused?> WriteOffAsync(
        Schedule schedule,
        IReadOnlyList<DateTimeOffset> missed,
        CancellationToken cancellationToken
    )
    {
        await runs.InsertAsync(
            schedule.Key,
            missed,
            RunOutcome.Missed,
            jobId: null,
            "No server was up at that time.",
            cancellationToken
        );
        logger.DueTimesMissed(schedule.Key.Id, missed.Count, missed[0], missed[^1]);
        return null;
    }

    private async Task<Refused?> RunAsync(Schedule schedule, DateTimeOffset dueAt, CancellationToken cancellationToken)
    {
        var definition = schedule.Definition;
        var load =
            definition.Overlap == OverlapPolicy.Allow ? default : await runs.LoadAsync(schedule.Key, cancellationToken);
        var isInTheWay =
            definition.Overlap == OverlapPolicy.Skip ? load.Unfinished is not null : load.InLine >= MaxInLine;
        if (isInTheWay)
        {
            var reason =
                definition.Overlap == OverlapPolicy.Skip
                    ? "An earlier job had not ended."
                    : $"{MaxInLine} jobs were in line already.";
            await InsertAsync(schedule.Key, dueAt, RunOutcome.Overlapped, load.Unfinished, reason, cancellationToken);
            logger.DueTimeOverlapped(schedule.Key.Id, dueAt, reason);
            return null;
        }

        var origin = Origin.Of(schedule.Key) with
        {
            Run = new ScheduledRun(schedule.Key.Id, dueAt, InLine: load.Unfinished is not null),
            NotBefore = dueAt + Jitter.Of(schedule.Key.Id, dueAt, definition.Jitter),
        };
        var acceptance = await submission.AcceptAsync(definition, origin, cancellationToken);
        if (acceptance.Refusal is { } refusal)
            return new Refused(schedule, dueAt, RunOutcome.Refused, null, Problems.Sentences(refusal));
        if (Transaction.Current!.TransactionInformation.Status != TransactionStatus.Active)
            return new Refused(
                schedule,
                dueAt,
                RunOutcome.Overlapped,
                acceptance.Job!.Value.Id,
                "It has the uniqueKey."
            );
        await InsertAsync(
            schedule.Key,
            dueAt,
            RunOutcome.Submitted,
            acceptance.Job!.Value.Id,
            detail: null,
            cancellationToken
        );
        logger.DueTimeSubmitted(schedule.Key.Id, dueAt, acceptance.Job.Value.Id);
        return null;
    }

    private Task<int> InsertAsync(
        ScheduleKey key,
        DateTimeOffset dueAt,
        string outcome,
        Guid? job,
        string? detail,
        CancellationToken cancellationToken
    ) => runs.InsertAsync(key, [dueAt], outcome, job, detail, cancellationToken);

    private async Task<bool> RecordAsync(ScheduleKey key, Refused refused, CancellationToken cancellationToken)
    {
        using var transaction = LedgerTransaction.Begin(StepLimit);
        // Another host may have been quicker, or the schedule was changed: then this is to be decided anew.
        if (
            await FindAsync(key, cancellationToken) is not { } due
            || due.Step.Run != refused.DueAt
            || due.Schedule.UpdatedAt != refused.Schedule.UpdatedAt
        )
            return false;
        var detail = Printable.Cut(refused.Detail, 1000);
        await InsertAsync(key, refused.DueAt, refused.Outcome, refused.Job, detail, cancellationToken);
        await MoveAsync(due, cancellationToken);
        transaction.Complete();
        logger.DueTimeRefused(key.Id, refused.DueAt, detail);
        return true;
    }

    private sealed record Due(Schedule Schedule, Timetable Timetable, DueStep Step);

    private sealed record Refused(Schedule Schedule, DateTimeOffset DueAt, string Outcome, Guid? Job, string Detail);
}
