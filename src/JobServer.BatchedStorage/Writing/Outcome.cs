using System.Runtime.ExceptionServices;

namespace JobServer.BatchedStorage.Writing;

/// <summary>How something ended, for one who blocks or one who awaits. Who blocks sleeps at once: many threads that spin take
/// from the committer the time they wait for.</summary>
internal sealed class Outcome
{
    private readonly object _lock = new();
    private TaskCompletionSource? _task;
    private Exception? _exception;
    private bool _isSet;

    public Task Task
    {
        get
        {
            lock (_lock)
            {
                if (_task is null)
                {
                    _task = new TaskCompletionSource();
                    if (_isSet)
                        End(_task);
                }

                return _task.Task;
            }
        }
    }

    public void Wait()
    {
        lock (_lock)
        {
            while (!_isSet)
                Monitor.Wait(_lock);
        }

        if (_exception is not null)
            ExceptionDispatchInfo.Throw(_exception);
    }

    /// <summary>Wakes those who block.</summary>
    /// <param name="exception">Null for success. Only the first call counts.</param>
    /// <returns>Whether others await it, to be woken by <see cref="Release"/>.</returns>
    public bool Set(Exception? exception)
    {
        lock (_lock)
        {
            if (_isSet)
                return false;
            (_isSet, _exception) = (true, exception);
            Monitor.PulseAll(_lock);
            return _task is not null;
        }
    }

    /// <summary>Wakes those who await, on this thread.</summary>
    public void Release() => End(_task!);

    private void End(TaskCompletionSource task)
    {
        if (_exception is null)
            task.SetResult();
        else
            task.SetException(_exception);
    }
}
