using System.Runtime.InteropServices;
using System.Text.Json;
using Cronos;
using JobServer.Jobs;
using JobServer.Jobs.Input;
using JobServer.Jobs.Submissions;
using JobServer.Ledger;

namespace JobServer.Schedules;

/// <summary>A schedule as it was asked for.</summary>
/// <param name="Paused">Null when that was left open.</param>
internal sealed record ScheduleRequest(ScheduleDefinition Definition, bool? Paused);

/// <summary>Reads and checks schedules, whether they come over HTTP or from the configuration.</summary>
internal sealed class ScheduleReader(JobKinds kinds, ScheduleSubmission submission)
{
    /// <summary>How many bytes args may have.</summary>
    public const int MaxArgsBytes = 1 << 20;

    /// <summary>How many bytes a body may have.</summary>
    public const int MaxBodyBytes = MaxArgsBytes + (64 << 10);

    private const int MaxTextLength = 200;
    private const int MaxMisfireLimit = 1000;
    private const int DefaultMisfireLimit = 100;
    private static readonly TimeSpan MaxJitter = TimeSpan.FromHours(1);

    /// <summary>The schedule; null, and every fault is with the faults, when something is wrong.</summary>
    public async Task<ScheduleRequest?> ReadAsync(
        ScheduleKey key,
        JsonElement body,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        var fields = new Fields(body, "", faults);
        var cron = ReadCron(fields, out var expression);
        var zone = ReadZone(fields);
        var kind = ReadKind(fields);
        var args = ReadArgs(fields);
        var misfire = fields.Choice(
            "misfire",
            MisfirePolicy.RunOnce,
            MisfirePolicy.Skip,
            MisfirePolicy.RunOnce,
            MisfirePolicy.RunAll
        );
        var misfireLimit = fields.Int("misfireLimit", DefaultMisfireLimit, 1, MaxMisfireLimit);
        var overlap = fields.Choice(
            "overlap",
            OverlapPolicy.Allow,
            OverlapPolicy.Allow,
            OverlapPolicy.Skip,
            OverlapPolicy.Queue
        );
        var jitter = fields.Duration("jitter", TimeSpan.Zero, TimeSpan.Zero, MaxJitter);
        var startAt = fields.OptionalTimestamp("startAt");
        var endAt = fields.OptionalTimestamp("endAt");
        if (endAt <= startAt)
            fields.Refuse("endAt", "must be later than startAt");
        bool? paused = fields.TryGet("paused", out _) ? fields.Flag("paused", @default: false) : null;
        fields.Done();

        if (expression is not null && new Timetable(expression, TimeZoneInfo.Utc, null, null).Next(default) is null)
            fields.Refuse("cron", "is never due: there is no such day");
        var bytes = args is { } given ? JsonMarshal.GetRawUtf8Value(given).ToArray() : [];
        if (kind is not null && args is not null)
            await submission.RehearseAsync(Origin.Of(key), kind, args.Value, bytes, faults, cancellationToken);
        if (faults.Any)
            return null;
        return new ScheduleRequest(
            new ScheduleDefinition(cron, zone, kind!, bytes, misfire, misfireLimit, overlap, jitter, startAt, endAt),
            paused
        );
    }

    private static string ReadCron(Fields fields, out CronExpression? expression)
    {
        expression = null;
        var text = fields.Text("cron", 1, MaxTextLength);
        if (text.Length == 0)
            return text;
        try
        {
            expression = Timetable.ParseCron(text);
        }
        catch (CronFormatException refused)
        {
            fields.Refuse(
                "cron",
                $"is not a cron expression of five fields, of six with seconds first, or a macro like @daily: {refused.Message}"
            );
        }

        return text;
    }

    private static string ReadZone(Fields fields)
    {
        var zone = fields.OptionalText("timeZone", 1, MaxTextLength) ?? "UTC";
        if (Timetable.FindZone(zone) is null)
            fields.Refuse("timeZone", "is not known; give an id of IANA's, like Europe/Berlin, or of Windows");
        return zone;
    }

    private string? ReadKind(Fields fields)
    {
        var kind = fields.Text("kind", 1, MaxTextLength);
        if (kinds.Find(kind) is not null)
            return kind;
        if (kind.Length > 0)
            fields.Refuse("kind", $"must be one of {string.Join(", ", kinds.All.Select(known => known.Name))}");
        return null;
    }

    private static JsonElement? ReadArgs(Fields fields)
    {
        if (!fields.Require("args") || !fields.TryGet("args", out var args))
            return null;
        if (args.ValueKind != JsonValueKind.Object)
            fields.Refuse("args", "must be an object: the body of a submission");
        else if (JsonMarshal.GetRawUtf8Value(args).Length > MaxArgsBytes)
            fields.Refuse("args", $"must have at most {MaxArgsBytes} bytes");
        else
            return args;
        return null;
    }
}
