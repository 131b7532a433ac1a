using System.Collections.Concurrent;
using System.Globalization;
using Hangfire;
using Hangfire.Server;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>Jobs of every kind that a worker meets. Public, as Hangfire wants them.</summary>
public sealed class Scripted : IAsyncDisposable
{
    public static ConcurrentDictionary<string, ConcurrentQueue<string>> Traces { get; } = new();

    private string? _job;

    public static void Say(string job, string word) => Traces.GetOrAdd(job, _ => new()).Enqueue(word);

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        if (_job is not null)
            Say(_job, "disposed");
    }

    public static void Nothing() { }

    public static int Number() => 42;

    public static async Task AwaitNothing() => await Task.Yield();

    public static async Task<string> AwaitText()
    {
        await Task.Yield();
        return "text";
    }

    public static async ValueTask AwaitValue() => await Task.Yield();

    public static async ValueTask<int> AwaitValueNumber()
    {
        await Task.Yield();
        return 7;
    }

    public static ValueTask<int> ValueAtOnce() => ValueTask.FromResult(8);

    public static Task NoTask()
    {
        Task? none = null;
        return none!;
    }

    public static Func<int> CannotBeSerialized() => () => throw new InvalidOperationException("not to be read");

    [AutomaticRetry(Attempts = 0)]
    public static void Throws() => throw new InvalidOperationException("thrown");

    [AutomaticRetry(Attempts = 0)]
    public static async Task AwaitsAndThrows()
    {
        await Task.Yield();
        throw new InvalidOperationException("thrown");
    }

    [AutomaticRetry(Attempts = 0)]
    public static void ThrowsSeveral() =>
        throw new AggregateException(new InvalidOperationException("first"), new InvalidOperationException("second"));

    [AutomaticRetry(Attempts = 0)]
    public static Task Cancelled() => throw new OperationCanceledException("nobody asked for it");

    [AutomaticRetry(Attempts = 0)]
    public static void Aborts() => throw new JobAbortedException();

    [AutomaticRetry(Attempts = 2, DelaysInSeconds = [0, 1])]
    public static async Task SucceedsTheThirdTime(PerformContext context)
    {
        await Task.Yield();
        var tried = context.GetJobParameter<int>("Tried") + 1;
        context.SetJobParameter("Tried", tried);
        if (tried < 3)
            throw new InvalidOperationException(tried.ToString(CultureInfo.InvariantCulture));
    }

    [AutomaticRetry(Attempts = 1, DelaysInSeconds = [0], OnAttemptsExceeded = AttemptsExceededAction.Delete)]
    public static void FailsForGood() => throw new InvalidOperationException("again");

    public static async Task<string> Given(PerformContext context, IJobCancellationToken token, CancellationToken own)
    {
        await Task.Yield();
        token.ThrowIfCancellationRequested();
        return $"{ReferenceEquals(token, context.CancellationToken)} {own == token.ShutdownToken} {own.CanBeCanceled} "
            + $"{context.ServerId is not null} {context.BackgroundJob.Job.Args.Count}";
    }

    public async Task<string> OnInstance(PerformContext context, string text, int number, DateTime? none)
    {
        await Task.Yield();
        _job = context.BackgroundJob.Id;
        return $"{text} {number} {none is null}";
    }

    [Traced("outer"), Traced("inner")]
    public static async Task<string?> Filtered()
    {
        await Task.Yield();
        return TracedAttribute.Flowing;
    }

    [AutomaticRetry(Attempts = 0)]
    [Traced("outer"), Traced("inner")]
    public static Task FilteredAndThrows() => throw new InvalidOperationException("thrown");

    [Traced("outer"), Traced("inner", Handles = true)]
    public static Task HandledByFilter() => throw new InvalidOperationException("thrown");

    [Traced("outer", HandlesLast = true), Traced("inner")]
    public static Task HandledByExceptionFilter() => throw new InvalidOperationException("thrown");

    [Traced("outer"), Traced("inner", Cancels = true)]
    public static void CancelledByFilter() => throw new InvalidOperationException("never called");

    [AutomaticRetry(Attempts = 0)]
    [Traced("outer"), Traced("inner", ThrowsBefore = true)]
    public static void FilterThrowsBefore() => throw new InvalidOperationException("never called");

    [AutomaticRetry(Attempts = 0)]
    [Traced("outer"), Traced("inner", ThrowsAfter = true)]
    public static Task FilterThrowsAfter() => Task.CompletedTask;

    [Elected("Processing", "Deleted")]
    public static void NotToBeProcessed() => throw new InvalidOperationException("never called");

    [AutomaticRetry(Attempts = 0)]
    [Elected("Succeeded", "Failed")]
    public static Task ElectedToFail() => Task.CompletedTask;

    [Elected("Succeeded", "throw")]
    public static void ElectionThrowsOnce() { }
}

/// <summary>Cannot be made.</summary>
public sealed class Unmakeable
{
    private readonly Task _done;

    public Unmakeable()
    {
        _done = Task.CompletedTask;
        throw new InvalidOperationException("not to be made");
    }

    [AutomaticRetry(Attempts = 0)]
    public Task RunAsync() => _done;
}
