using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Calls;

/// <summary>The <c>options</c> of a job that makes calls.</summary>
internal sealed record CallSettings
{
    /// <summary>Calls of the job under way at once, on all hosts together. Default 10; 1 to 1000.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Calls of the job under way at once to one host. Default 10; 1 to 1000.</summary>
    public int PerHostConcurrency { get; init; } = 10;

    /// <summary>Bounds one attempt at one URL, redirects and body included. Default 10 s; 0.1 s to 10 min.</summary>
    public TimeSpan ItemTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Counted from the job's start; what is not done then fails with <c>timeout</c>. Default none.</summary>
    public TimeSpan? JobTimeout { get; init; }

    public RetrySettings Retry { get; init; } = new();

    /// <summary>Bytes of a body after decompression. Default 1 MiB; 1 B to 64 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>More failed items than this share make the job fail. Default 100; 0 to 100.</summary>
    public int TolerateFailedPercent { get; init; } = 100;

    /// <summary>Reads the member <c>options</c>; what is wrong with it goes to the faults.</summary>
    public static CallSettings Read(Fields submission)
    {
        var defaults = new CallSettings();
        submission.Object("options", out var options);
        var settings = new CallSettings
        {
            Concurrency = options.Int("concurrency", defaults.Concurrency, 1, 1000),
            PerHostConcurrency = options.Int("perHostConcurrency", defaults.PerHostConcurrency, 1, 1000),
            ItemTimeout = options.Duration(
                "itemTimeout",
                defaults.ItemTimeout,
                TimeSpan.FromMilliseconds(100),
                TimeSpan.FromMinutes(10)
            ),
            JobTimeout = options.OptionalDuration("jobTimeout", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
            Retry = RetrySettings.Read(options),
            MaxBodyBytes = options.Int("maxBodyBytes", defaults.MaxBodyBytes, 1, 64 << 20),
            TolerateFailedPercent = options.Int("tolerateFailedPercent", defaults.TolerateFailedPercent, 0, 100),
        };
        options.Done();
        return settings;
    }

    /// <summary>As stored with the job: <c>{"options": {…}}</c>, defaults filled in.</summary>
    public byte[] ToArgs() =>
        JsonSerializer.SerializeToUtf8Bytes(new StoredArgs { Options = this }, JsonSerializerOptions.Web);

    /// <summary>Reads back what <see cref="ToArgs"/> wrote.</summary>
    public static CallSettings OfArgs(byte[] args) =>
        JobArgs.Read(args, static args => JsonSerializer.Deserialize<StoredArgs>(args, JobArgs.Json)!.Options);

    private sealed record StoredArgs
    {
        public required CallSettings Options { get; init; }
    }
}
