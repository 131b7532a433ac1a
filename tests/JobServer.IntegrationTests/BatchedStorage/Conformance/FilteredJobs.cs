using Hangfire.Client;
using Hangfire.Common;
using Hangfire.Server;
using Hangfire.States;
using Hangfire.Storage;
using static JobServer.IntegrationTests.BatchedStorage.Conformance.SampleJobs;

namespace JobServer.IntegrationTests.BatchedStorage.Conformance;

/// <summary>Jobs with filters of all kinds.</summary>
public static class FilteredJobs
{
    [Writes]
    public static void Filtered(string key) => Run(key);

    [NotMade]
    public static void NeverMade(string key) => Run(key);

    [Elects]
    public static void ElectedAway(string key) => Run(key);

    [Cancels]
    public static void CancelledRun(string key) => Run(key);

    public static void Look(string key, PerformContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Hold(key);
        Count($"{key}:{context.Connection.GetJobData(context.BackgroundJob.Id).State}");
    }

    /// <summary>Parameters before and after each change of state, and a counter within it.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class WritesAttribute
        : JobFilterAttribute,
            IClientFilter,
            IServerFilter,
            IElectStateFilter,
            IApplyStateFilter
    {
        public void OnCreating(CreatingContext context) => context.SetJobParameter("Creating", "yes");

        public void OnCreated(CreatedContext context) =>
            context.Connection.SetJobParameter(context.BackgroundJob.Id, "Created", "\"yes\"");

        public void OnPerforming(PerformingContext context) => context.SetJobParameter("Performing", StateOf(context));

        public void OnPerformed(PerformedContext context) => context.SetJobParameter("Performed", StateOf(context));

        public void OnStateElection(ElectStateContext context) =>
            context.SetJobParameter("Elected", context.CandidateState.Name);

        public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
        {
            context.Connection.SetJobParameter(context.BackgroundJob.Id, "Applied", $"\"{context.NewState.Name}\"");
            transaction.IncrementCounter("applied:" + context.BackgroundJob.Id);
        }

        public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction) =>
            context.Connection.SetJobParameter(context.BackgroundJob.Id, "Unapplied", $"\"{context.OldStateName}\"");

        private static string StateOf(PerformContext context) =>
            context.Connection.GetJobData(context.BackgroundJob.Id).State;
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class NotMadeAttribute : JobFilterAttribute, IClientFilter
    {
        public void OnCreating(CreatingContext context) => context.Canceled = true;

        public void OnCreated(CreatedContext context) { }
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ElectsAttribute : JobFilterAttribute, IElectStateFilter
    {
        public void OnStateElection(ElectStateContext context)
        {
            if (context.CandidateState is ProcessingState)
                context.CandidateState = new DeletedState();
        }
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CancelsAttribute : JobFilterAttribute, IServerFilter
    {
        public void OnPerforming(PerformingContext context) => context.Canceled = true;

        public void OnPerformed(PerformedContext context) { }
    }
}
