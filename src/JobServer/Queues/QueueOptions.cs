using System.Globalization;

namespace JobServer.Queues;

/// <summary>One queue's share of this host: <c>Queues:{name}:…</c>.</summary>
internal static class QueueOptions
{
    public const string Section = "Queues";

    /// <summary>The queue of the server's own: the ticks of schedules.</summary>
    public const string System = "system";

    public const int DefaultWorkers = 10;
    public const int MaxWorkers = 500;

    /// <summary>
    /// Lanes of the queue this host runs at once, 0 to 500; 0 means that it accepts jobs of the queue and runs none.
    /// A lane that waits holds no thread; one that writes holds a database connection of the ledger for that long.
    /// </summary>
    public static int WorkersOf(IConfiguration configuration, string queue, int @default)
    {
        var key = $"{Section}:{queue}:Workers";
        if (configuration[key] is not { } text)
            return @default;
        if (int.TryParse(text, CultureInfo.InvariantCulture, out var workers) && workers is >= 0 and <= MaxWorkers)
            return workers;
        throw new InvalidSettingException($"{key} is '{text}'; it must be a whole number from 0 to {MaxWorkers}.");
    }
}
