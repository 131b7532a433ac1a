using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Hangfire;
using Hangfire.Server;

namespace JobServer.BatchedStorage.Working;

/// <summary>A method of jobs: how it is called, and how its result is waited for without a thread.</summary>
internal sealed class JobMethod
{
    private static readonly ConcurrentDictionary<MethodInfo, JobMethod> _known = new();

    private readonly MethodInfo _method;
    private readonly Func<PerformContext, object?>?[] _given;

    // Null where the method blocks until it has ended.
    private readonly Func<object, Task>? _taskOf;
    private readonly Func<Task, object?>? _resultOf;

    private JobMethod(MethodInfo method)
    {
        _method = method;
        _given = Array.ConvertAll(method.GetParameters(), parameter => GivenAs(parameter.ParameterType));
        var type = method.ReturnType;
        if (typeof(Task).IsAssignableFrom(type))
        {
            _taskOf = static returned => (Task)returned;
            _resultOf = ResultOf(type);
        }
        else if (type == typeof(ValueTask))
        {
            _taskOf = static returned => ((ValueTask)returned).AsTask();
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            var returned = Expression.Parameter(typeof(object));
            var asTask = Expression.Call(
                Expression.Convert(returned, type),
                type.GetMethod(nameof(ValueTask<>.AsTask), Type.EmptyTypes)!
            );
            _taskOf = Expression.Lambda<Func<object, Task>>(asTask, returned).Compile();
            _resultOf = ResultOf(asTask.Type);
        }
    }

    public static JobMethod Of(MethodInfo method) => _known.GetOrAdd(method, static method => new JobMethod(method));

    /// <summary>Calls it with the arguments of the job, those that only the worker knows put in.</summary>
    /// <param name="instance">Null for a static method.</param>
    public ValueTask<object?> InvokeAsync(PerformContext context, object? instance)
    {
        var arguments = new object?[_given.Length];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = _given[i] is { } given ? given(context) : context.BackgroundJob.Job.Args[i];
        // What it throws, not wrapped.
        var returned = _method.Invoke(instance, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        return returned is null || _taskOf is null ? ValueTask.FromResult(returned) : WaitAsync(_taskOf(returned));
    }

    private async ValueTask<object?> WaitAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return _resultOf?.Invoke(task);
    }

    private static Func<PerformContext, object?>? GivenAs(Type parameter) =>
        parameter == typeof(IJobCancellationToken) ? static context => context.CancellationToken
        : parameter == typeof(CancellationToken) ? static context => context.CancellationToken.ShutdownToken
        : parameter == typeof(PerformContext) ? static context => context
        : null;

    /// <summary>By what the method says it returns: what it really returns may be a task of something nobody may see.</summary>
    private static Func<Task, object?>? ResultOf(Type? type)
    {
        while (type is not null && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)))
            type = type.BaseType;
        if (type is null)
            return null;
        var task = Expression.Parameter(typeof(Task));
        var result = Expression.Property(Expression.Convert(task, type), nameof(Task<>.Result));
        return Expression.Lambda<Func<Task, object?>>(Expression.Convert(result, typeof(object)), task).Compile();
    }
}
