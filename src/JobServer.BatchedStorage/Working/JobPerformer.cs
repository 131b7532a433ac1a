using Hangfire;
using Hangfire.Common;
using Hangfire.Server;

namespace JobServer.BatchedStorage.Working;

/// <summary>
/// Performs jobs with Hangfire's server filters around them, as its own performer does, except that a method which returns
/// a task blocks no thread. Filters are called as they are, and may block one.
/// </summary>
internal sealed class JobPerformer(IJobFilterProvider filterProvider, JobActivator activator)
{
    // What the library's worker looks for among the items.
    private const string CanceledBy = "X_HF_Canceled";

    /// <summary>The filter that kept the job from being performed.</summary>
    public static object? FindCanceller(PerformContext context) =>
        context.Items.TryGetValue(CanceledBy, out var filter) ? filter : null;

    /// <summary>The job's result; null if it has none, or if a filter has dealt with its exception.</summary>
    /// <exception cref="JobAbortedException">The job is not this worker's any more.</exception>
    /// <exception cref="JobPerformanceException">The job has failed, or a filter.</exception>
    public async ValueTask<object?> PerformAsync(PerformContext context, JobToken token)
    {
        var filters = filterProvider.GetFilters(context.BackgroundJob.Job).ToList();
        try
        {
            var around = filters.Select(filter => filter.Instance).OfType<IServerFilter>().ToArray();
            var performed = await FilterAsync(around, 0, context, new PerformingContext(context), token)
                .ConfigureAwait(false);
            return performed.Result;
        }
        catch (Exception exception)
            when (exception is not JobAbortedException
                && !(exception is OperationCanceledException && token.IsCancelled)
            )
        {
            var failed = new ServerExceptionContext(context, exception);
            for (var i = filters.Count - 1; i >= 0; i--)
            {
                if (filters[i].Instance is IServerExceptionFilter filter)
                    Guard(filter.OnServerException, failed, token);
            }

            if (!failed.ExceptionHandled)
                throw;
            return null;
        }
    }

    private async ValueTask<PerformedContext> FilterAsync(
        IServerFilter[] filters,
        int index,
        PerformContext context,
        PerformingContext performing,
        JobToken token
    )
    {
        if (index == filters.Length)
        {
            var result = await PerformAloneAsync(context, token).ConfigureAwait(false);
            return new PerformedContext(context, result, canceled: false, exception: null);
        }

        var filter = filters[index];
        Guard(filter.OnPerforming, performing, token);
        if (performing.Canceled)
        {
            performing.Items.TryAdd(CanceledBy, filter.GetType().Name);
            return new PerformedContext(performing, result: null, canceled: true, exception: null);
        }

        PerformedContext performed;
        try
        {
            performed = await FilterAsync(filters, index + 1, context, performing, token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            performed = new PerformedContext(performing, result: null, canceled: false, exception);
            Guard(filter.OnPerformed, performed, token);
            if (!performed.ExceptionHandled)
                throw;
            return performed;
        }

        Guard(filter.OnPerformed, performed, token);
        return performed;
    }

    private async ValueTask<object?> PerformAloneAsync(PerformContext context, JobToken token)
    {
        var job =
            context.BackgroundJob.Job
            ?? throw new InvalidOperationException("A job whose method is not known cannot be performed.");
        var scope = activator.BeginScope(context);
        try
        {
            object? instance = null;
            if (!job.Method.IsStatic)
            {
                instance =
                    scope.Resolve(job.Type)
                    ?? throw new InvalidOperationException($"The activator returned no instance of {job.Type}.");
            }

            return await InvokeAsync(context, instance, token).ConfigureAwait(false);
        }
        finally
        {
            if (scope is IAsyncDisposable disposable)
                await disposable.DisposeAsync().ConfigureAwait(false);
            else
                scope.Dispose();
        }
    }

    private static async ValueTask<object?> InvokeAsync(PerformContext context, object? instance, JobToken token)
    {
        try
        {
            return await JobMethod
                .Of(context.BackgroundJob.Job.Method)
                .InvokeAsync(context, instance)
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (Explain(exception, token) is { } other)
                throw other;
            throw;
        }
    }

    private static void Guard<T>(Action<T> call, T context, JobToken token)
    {
        try
        {
            call(context);
        }
        catch (Exception exception)
        {
            if (Explain(exception, token) is { } other)
                throw other;
            throw;
        }
    }

    /// <summary>What to throw in place of an exception of the job's or of a filter's; null: that one.</summary>
    private static Exception? Explain(Exception exception, JobToken token) =>
        exception switch
        {
            JobAbortedException => null,
            OperationCanceledException when token.IsAborted => new JobAbortedException(),
            // The server stops: the job is to be run again.
            OperationCanceledException when token.IsCancelled => null,
            _ => new JobPerformanceException(
                "An exception occurred during performance of the job.",
                exception,
                JobId.Format(token.JobId)
            ),
        };
}
