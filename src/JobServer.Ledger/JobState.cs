using System.Collections.Frozen;

namespace JobServer.Ledger;

/// <summary>The life of a job: scheduled → queued → running ⇄ paused → one of the five ends.</summary>
public enum JobState
{
    /// <summary>Waits for its time or its parent.</summary>
    Scheduled,

    /// <summary>Accepted; no lane has started yet.</summary>
    Queued,

    /// <summary>At least one lane has started.</summary>
    Running,

    /// <summary>Held by a client; lanes end after what is in flight.</summary>
    Paused,

    /// <summary>A client asked for its end; lanes are letting go.</summary>
    Cancelling,

    /// <summary>Every item succeeded.</summary>
    Succeeded,

    /// <summary>Some items failed, within the tolerance asked for.</summary>
    PartiallySucceeded,

    /// <summary>All items failed, the tolerance was exceeded, or the job itself could not run.</summary>
    Failed,

    /// <summary>Ended by a client before all items were done.</summary>
    Cancelled,

    /// <summary>Its deadline passed before it started.</summary>
    Expired,
}

/// <summary>The text of a state, the same in SQL, JSON and pages.</summary>
public static class JobStates
{
    private static readonly string[] Texts =
    [
        "scheduled",
        "queued",
        "running",
        "paused",
        "cancelling",
        "succeeded",
        "partially_succeeded",
        "failed",
        "cancelled",
        "expired",
    ];

    private static readonly FrozenDictionary<string, JobState> ByText = Enum.GetValues<JobState>()
        .ToFrozenDictionary(state => Texts[(int)state]);

    /// <summary>All texts, in the order of a job's life.</summary>
    public static IReadOnlyList<string> All => Texts;

    /// <summary>snake_case text of the state.</summary>
    public static string ToText(this JobState state) => Texts[(int)state];

    /// <summary>True once nothing more will happen to the job.</summary>
    public static bool IsFinished(this JobState state) => state >= JobState.Succeeded;

    /// <summary>The state with this text; throws on a text the schema's check would refuse.</summary>
    public static JobState Parse(string text) => ByText[text];

    /// <summary>The state with this text, if there is one.</summary>
    public static bool TryParse(string text, out JobState state) => ByText.TryGetValue(text, out state);
}
