using JobServer.Ledger;
using Microsoft.Extensions.Options;

namespace JobServer.Jobs.Events;

/// <summary>The feeds of all jobs that somebody streams from this host, and how many streams there are.</summary>
internal sealed class JobFeeds(FeedSources sources, IOptions<EventOptions> options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<JobKey, Entry> _entries = [];
    private int _streams;

    /// <summary>A place at the feed of a job, for one stream; null when the host serves as many as it may.</summary>
    public Place? TryOpen(JobKey job)
    {
        lock (_gate)
        {
            if (_streams == options.Value.MaxStreams)
                return null;
            _streams++;
            if (!_entries.TryGetValue(job, out var entry))
                _entries[job] = entry = Entry.Begin(new JobFeed(job, sources));
            entry.Streams++;
            return new Place(entry.Feed, () => Leave(job, entry));
        }
    }

    private void Leave(JobKey job, Entry entry)
    {
        lock (_gate)
        {
            _streams--;
            if (--entry.Streams > 0)
                return;
            _entries.Remove(job);
        }

        entry.Stop.Cancel();
    }

    /// <summary>One stream's share of a feed, until disposed.</summary>
    internal sealed class Place(JobFeed feed, Action leave) : IDisposable
    {
        private Action? _leave = leave;

        public JobFeed Feed => feed;

        public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
    }

    private sealed class Entry(JobFeed feed)
    {
        public JobFeed Feed => feed;

        public CancellationTokenSource Stop { get; } = new();

        public int Streams { get; set; }

        public static Entry Begin(JobFeed feed)
        {
            var entry = new Entry(feed);
            _ = Task.Run(() => feed.RunAsync(entry.Stop.Token), entry.Stop.Token);
            return entry;
        }
    }
}
