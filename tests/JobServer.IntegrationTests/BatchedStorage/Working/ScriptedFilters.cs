using System.Collections.Concurrent;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>A filter that says when it is called, and does what it is told.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TracedAttribute(string name) : JobFilterAttribute, IServerFilter, IServerExceptionFilter
{
    private static readonly AsyncLocal<string?> _flowing = new();

    /// <summary>What a filter has set before the job must reach it, as a culture does.</summary>
    public static string? Flowing => _flowing.Value;

    public string Name => name;
    public bool Handles { get; set; }
    public bool HandlesLast { get; set; }
    public bool Cancels { get; set; }
    public bool ThrowsBefore { get; set; }
    public bool ThrowsAfter { get; set; }

    public void OnPerforming(PerformingContext context)
    {
        Say(context, $"before, {context.Canceled}");
        context.Items[Name] = Name;
        _flowing.Value = Name;
        if (ThrowsBefore)
            throw new InvalidOperationException("before");
        context.Canceled |= Cancels;
    }

    public void OnPerformed(PerformedContext context)
    {
        Say(
            context,
            $"after, {context.Canceled}, {context.Result ?? "nothing"}, {context.Exception?.GetType().Name}, "
                + $"{context.ExceptionHandled}, {context.Items[Name]}, {_flowing.Value is not null}"
        );
        if (ThrowsAfter)
            throw new InvalidOperationException("after");
        context.ExceptionHandled |= Handles;
    }

    public void OnServerException(ServerExceptionContext filterContext)
    {
        Say(filterContext, $"exception, {filterContext.Exception.GetType().Name}, {filterContext.ExceptionHandled}");
        filterContext.ExceptionHandled |= HandlesLast;
    }

    private void Say(PerformContext context, string word) => Scripted.Say(context.BackgroundJob.Id, $"{Name}: {word}");
}

/// <summary>Makes one state of another, or throws the first time.</summary>
public sealed class ElectedAttribute(string from, string to) : JobFilterAttribute, IElectStateFilter
{
    private static readonly ConcurrentDictionary<string, bool> _thrown = new();

    public string From => from;
    public string To => to;

    public void OnStateElection(ElectStateContext context)
    {
        if (context.CandidateState.Name != From)
            return;
        if (To == "Failed")
            context.CandidateState = new FailedState(new InvalidOperationException("elected"));
        else if (To == "Deleted")
            context.CandidateState = new DeletedState();
        else if (_thrown.TryAdd(context.BackgroundJob.Id, true))
            throw new InvalidOperationException("the first time");
    }
}
