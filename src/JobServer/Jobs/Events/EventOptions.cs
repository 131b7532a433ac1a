using System.ComponentModel.DataAnnotations;

namespace JobServer.Jobs.Events;

/// <summary>Streams of events.</summary>
internal sealed class EventOptions
{
    public const string Section = "Events";

    /// <summary>Streams this host serves at once; each holds a connection of its client. Default 2,000; 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxStreams { get; init; } = 2_000;
}
