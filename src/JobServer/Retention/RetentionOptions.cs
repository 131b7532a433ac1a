using System.ComponentModel.DataAnnotations;
using JobServer.Ledger;
using Microsoft.Extensions.Options;

namespace JobServer.Retention;

/// <summary>How long what has ended is kept. Ages are from 1 s to 36,500 days.</summary>
internal sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>How often to look for what is too old. Default 1 min; 1 s to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Jobs that succeeded, with their results. Default 30 days.</summary>
    [Age]
    public TimeSpan Succeeded { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Jobs some of whose items failed. Default 30 days.</summary>
    [Age]
    public TimeSpan PartiallySucceeded { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Jobs that failed. Default 90 days.</summary>
    [Age]
    public TimeSpan Failed { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Jobs that were cancelled. Default 30 days.</summary>
    [Age]
    public TimeSpan Cancelled { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Jobs whose deadline passed before they started. Default 30 days.</summary>
    [Age]
    public TimeSpan Expired { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Uploaded files, since the upload and since the end of the last job that read from them. Default 30 days.</summary>
    [Age]
    public TimeSpan Files { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Entries of the audit trail. Default 365 days.</summary>
    [Age]
    public TimeSpan Audit { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Hangfire's own rows of what it has finished or given up. Default 1 day.</summary>
    [Age]
    public TimeSpan HangfireJobs { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Ages of jobs of one kind, where they differ: <c>Kinds:{kind}:{state}</c>.</summary>
    [ValidateEnumeratedItems]
    public IDictionary<string, KindRetention> Kinds { get; init; } =
        new Dictionary<string, KindRetention>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long jobs of this kind are kept once they are in each of the states that end them.</summary>
    public IEnumerable<JobRetention> RulesOf(string kind)
    {
        var own = Kinds.TryGetValue(kind, out var found) ? found : new KindRetention();
        yield return new JobRetention(kind, JobState.Succeeded, own.Succeeded ?? Succeeded);
        yield return new JobRetention(kind, JobState.PartiallySucceeded, own.PartiallySucceeded ?? PartiallySucceeded);
        yield return new JobRetention(kind, JobState.Failed, own.Failed ?? Failed);
        yield return new JobRetention(kind, JobState.Cancelled, own.Cancelled ?? Cancelled);
        yield return new JobRetention(kind, JobState.Expired, own.Expired ?? Expired);
    }
}

/// <summary>How long jobs of one kind are kept; what is left out is as for all.</summary>
internal sealed class KindRetention
{
    [Age]
    public TimeSpan? Succeeded { get; init; }

    [Age]
    public TimeSpan? PartiallySucceeded { get; init; }

    [Age]
    public TimeSpan? Failed { get; init; }

    [Age]
    public TimeSpan? Cancelled { get; init; }

    [Age]
    public TimeSpan? Expired { get; init; }
}

/// <summary>From 1 s to 36,500 days.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AgeAttribute() : RangeAttribute(typeof(TimeSpan), "00:00:01", "36500.00:00:00");
