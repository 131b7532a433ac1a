using System.Reflection;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;

namespace JobServer.IntegrationTests.BatchedStorage.Working;

/// <summary>The async worker does to a job what the library's does.</summary>
public sealed class WorkerConformanceTests(BothWorkers workers) : IClassFixture<BothWorkers>
{
    public static TheoryData<string> Methods { get; } =
    [
        .. typeof(Scripted)
            .GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && method.Name != nameof(Scripted.Say))
            .Select(method => method.Name),
    ];

    [Theory]
    [MemberData(nameof(Methods))]
    public Task Each_kind_of_job_has_the_history_that_the_librarys_worker_writes(string method) =>
        ComparedAsync(JobOf(typeof(Scripted), method));

    [Fact]
    public async Task Jobs_run_on_an_instance_which_is_disposed_of_without_blocking()
    {
        var history = await ComparedAsync(JobOf(typeof(Scripted), nameof(Scripted.OnInstance), null, "a", 1, null));
        Assert.Contains("\"a 1 True\"", history[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_whose_object_cannot_be_made_fails()
    {
        var history = await ComparedAsync(JobOf(typeof(Unmakeable), nameof(Unmakeable.RunAsync)));
        Assert.StartsWith("Failed", history[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_whose_method_is_gone_fails_and_is_tried_again()
    {
        List<string>? expected = null;
        foreach (var queue in new[] { BothWorkers.Library, BothWorkers.Async })
        {
            var id = new BackgroundJobClient(workers.Storage).Create(
                JobOf(typeof(Scripted), nameof(Scripted.Nothing)),
                new ScheduledState(TimeSpan.FromHours(1))
            );
            await workers.ScalarAsync(
                $"""
                with changed as (
                    update hangfire.job set invocationdata = replace(invocationdata::text, 'Nothing', 'Gone')::jsonb
                    where id = $1
                )
                insert into hangfire.jobqueue (jobid, queue) values ($1, '{queue}')
                """,
                id
            );
            await workers.LeavesQueueAsync(id);
            var history = await workers.HistoryAsync(id);
            expected ??= history;
            Assert.Equal(expected, history);
            Assert.Contains("Retry attempt 1 of 10", history[^1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(nameof(Scripted.Nothing), "Succeeded")]
    [InlineData(nameof(Scripted.Throws), "Deleted")]
    public async Task A_continuation_runs_when_its_job_has_ended(string method, string end)
    {
        List<string>? expected = null;
        foreach (var queue in new[] { BothWorkers.Library, BothWorkers.Async })
        {
            var client = new BackgroundJobClient(workers.Storage);
            var first = client.Create(JobOf(typeof(Scripted), method), new ScheduledState(TimeSpan.FromHours(1)));
            var then = client.Create(
                JobOf(typeof(Scripted), nameof(Scripted.AwaitText)),
                new AwaitingState(first, new EnqueuedState(queue))
            );
            client.ChangeState(first, new EnqueuedState(queue), ScheduledState.StateName);
            await workers.EndAsync(first);
            if (end == "Deleted")
                client.Delete(first);
            await workers.EndAsync(then);
            var history = Told(await workers.HistoryAsync(then), queue, first);
            expected ??= history;
            Assert.Equal(expected, history);
        }
    }

    /// <summary>Runs it by both; what ours has written.</summary>
    private async Task<List<string>> ComparedAsync(Job job)
    {
        var (history, trace) = await RunAsync(BothWorkers.Library, job);
        var (own, ownTrace) = await RunAsync(BothWorkers.Async, job);
        Assert.Equal(history, own);
        Assert.Equal(trace, ownTrace);
        return own;
    }

    private async Task<(List<string> History, List<string> Trace)> RunAsync(string queue, Job job)
    {
        // A retry finds its queue by the job.
        var id = workers.Enqueue(queue, new Job(job.Type, job.Method, job.Args, queue));
        // Forgotten where it aborts: it stays as it is.
        if (job.Method.Name != nameof(Scripted.Aborts))
            await workers.EndAsync(id);
        await workers.LeavesQueueAsync(id);

        var trace = Scripted.Traces.TryGetValue(id, out var said) ? said.ToList() : [];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', await workers.HistoryAsync(id)));
        return (Told(await workers.HistoryAsync(id), queue, id), trace);
    }

    private static List<string> Told(List<string> history, string queue, string id) =>
        history.ConvertAll(state =>
            state.Replace(queue, "queue", StringComparison.Ordinal).Replace($"={id}", "=id", StringComparison.Ordinal)
        );

    private static Job JobOf(Type type, string name, params object?[] arguments)
    {
        var method = type.GetMethod(name)!;
        var all = method.GetParameters().Select((_, i) => i < arguments.Length ? arguments[i] : null);
        return new Job(
            type,
            method,
            [
                .. all.Zip(
                    method.GetParameters(),
                    (value, parameter) =>
                        parameter.ParameterType == typeof(CancellationToken) ? default(CancellationToken) : value
                ),
            ]
        );
    }
}
