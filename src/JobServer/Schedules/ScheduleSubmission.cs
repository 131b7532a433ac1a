using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using JobServer.Hosting;
using JobServer.Jobs;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Schedules;

/// <summary>Submits the args of schedules, as a client would, or only tries whether they would be accepted.</summary>
internal sealed class ScheduleSubmission(IServiceProvider services)
{
    private static readonly TimeSpan RehearsalLimit = TimeSpan.FromMinutes(1);

    // The schedule says when its jobs start.
    private static readonly string[] Refused = ["startAt", "deadline", "after"];

    /// <summary>Accepts a job; joins the ambient transaction, which is lost when there is none in the end.</summary>
    public async Task<Acceptance> AcceptAsync(
        ScheduleDefinition definition,
        Origin origin,
        CancellationToken cancellationToken
    )
    {
        // A schedule outlives the build that it was made with.
        if (services.GetKeyedService<IJobSubmission>(definition.Kind) is not { } submission)
            return Acceptance.Refused(
                Problems.NotFound("unknown-kind", "There is no such kind.", $"No kind has the name {definition.Kind}.")
            );
        try
        {
            return await submission.AcceptAsync(BodyOf(definition.Args), origin, cancellationToken);
        }
        catch (RequestTooLargeException tooLarge)
        {
            return Acceptance.Refused(Problems.TooLarge(tooLarge.MaxBytes, tooLarge.Hint));
        }
    }

    /// <summary>The args as a body.</summary>
    public static PipeReader BodyOf(byte[] args) => PipeReader.Create(new ReadOnlySequence<byte>(args));

    /// <summary>
    /// Adds what is wrong with the args to the faults, under <c>args.…</c>. A job that has their unique key now is no
    /// fault.
    /// </summary>
    public async Task RehearseAsync(
        Origin origin,
        string kind,
        JsonElement args,
        byte[] body,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        foreach (var name in Refused)
        {
            if (args.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                faults.Add($"args.{name}", "means nothing in a schedule; leave it out");
        }

        using var neverCommitted = LedgerTransaction.Begin(RehearsalLimit);
        ProblemHttpResult? refusal;
        try
        {
            var submission = services.GetRequiredKeyedService<IJobSubmission>(kind);
            refusal = (await submission.AcceptAsync(BodyOf(body), origin, cancellationToken)).Refusal;
        }
        catch (RequestTooLargeException tooLarge)
        {
            faults.Add("args", $"must have at most {tooLarge.MaxBytes} bytes as a submission of this kind");
            return;
        }

        if (refusal is null || refusal.ProblemDetails.Type == Problems.UniqueKeyTakenType)
            return;
        foreach (var (path, messages) in Problems.FaultsOf(refusal))
        {
            if (Refused.Contains(path))
                continue;
            foreach (var message in messages)
                faults.Add(path == Faults.Document ? "args" : $"args.{path}", message);
        }
    }
}
