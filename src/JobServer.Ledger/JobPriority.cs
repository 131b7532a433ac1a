namespace JobServer.Ledger;

/// <summary>Which of the lanes that wait for a queue's workers are begun first: four of one for each of the next.</summary>
public enum JobPriority
{
    /// <summary>Before all others.</summary>
    High,

    /// <summary>What is not asked for otherwise.</summary>
    Normal,

    /// <summary>After all others; begun now and then all the same.</summary>
    Low,
}

/// <summary>The text of a priority, the same in SQL and JSON, and Hangfire's queues for it.</summary>
public static class JobPriorities
{
    private static readonly string[] Texts = ["high", "normal", "low"];

    /// <summary>All texts, highest first.</summary>
    public static IReadOnlyList<string> All => Texts;

    /// <summary>The text of a priority.</summary>
    public static string ToText(this JobPriority priority) => Texts[(int)priority];

    /// <summary>The priority of a text that is one.</summary>
    public static JobPriority Parse(string text) => (JobPriority)Array.IndexOf(Texts, text);

    /// <summary>Hangfire's queue for lanes of this priority.</summary>
    public static string QueueOf(this JobPriority priority, string queue) =>
        priority == JobPriority.Normal ? queue : $"{queue}-{priority.ToText()}";

    /// <summary>Hangfire's queues for all lanes of a queue, highest priority first.</summary>
    public static string[] QueuesOf(string queue) => [.. Enum.GetValues<JobPriority>().Select(p => p.QueueOf(queue))];
}
