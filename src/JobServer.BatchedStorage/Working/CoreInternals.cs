using System.Linq.Expressions;
using System.Reflection;
using Hangfire;
using Hangfire.Server;
using Hangfire.States;
using Hangfire.Storage;

namespace JobServer.BatchedStorage.Working;

/// <summary>
/// Members of Hangfire.Core that only its own worker may use, reached by expressions that are compiled once. Another
/// version may lack them: <see cref="Get"/> says so at start.
/// </summary>
internal sealed class CoreInternals
{
    /// <summary>Version of Hangfire.Core that these members were read from.</summary>
    public const string Version = "1.8.25";

    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Lazy<CoreInternals> _all = new(() => new CoreInternals());

    private readonly Func<string, string, ProcessingState> _processing;
    private readonly Func<ChangeArguments, StateChangeContext> _change;
    private readonly Func<PerformArguments, PerformContext> _perform;

    private CoreInternals()
    {
        _processing = Compile<Func<string, string, ProcessingState>>(
            typeof(ProcessingState),
            typeof(string),
            typeof(string)
        );
        var core = typeof(BackgroundJobServer).Assembly;
        var profiler = core.GetType("Hangfire.Profiling.IProfiler") ?? throw Missing("Hangfire.Profiling.IProfiler");
        var silent =
            core.GetType("Hangfire.Profiling.EmptyProfiler")
                ?.GetField("Instance", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
                ?.GetValue(null)
            ?? throw Missing("Hangfire.Profiling.EmptyProfiler");
        _change = CompileChange(profiler, silent);
        _perform = CompilePerform(profiler, silent);
    }

    /// <exception cref="InvalidOperationException">This is another version of Hangfire.Core, without these members.</exception>
    public static CoreInternals Get() => _all.Value;

    public ProcessingState Processing(string serverId, string workerId) => _processing(serverId, workerId);

    public StateChangeContext Change(ChangeArguments arguments) => _change(arguments);

    public PerformContext Perform(PerformArguments arguments) => _perform(arguments);

    /// <summary>A public or other constructor of exactly these parameters.</summary>
    internal static ConstructorInfo Find(Type type, params Type[] parameters) =>
        type.GetConstructor(Instance, parameters)
        ?? throw Missing($"{type.FullName}({string.Join(", ", parameters.Select(parameter => parameter.Name))})");

    private static Func<ChangeArguments, StateChangeContext> CompileChange(Type profiler, object silent)
    {
        var constructor = Find(
            typeof(StateChangeContext),
            typeof(JobStorage),
            typeof(IStorageConnection),
            typeof(JobStorageTransaction),
            typeof(string),
            typeof(IState),
            typeof(IEnumerable<string>),
            typeof(bool),
            typeof(IFetchedJob),
            typeof(CancellationToken),
            profiler,
            typeof(string),
            typeof(IReadOnlyDictionary<string, object>)
        );
        var given = Expression.Parameter(typeof(ChangeArguments));
        return Compile<ChangeArguments, StateChangeContext>(
            constructor,
            given,
            Expression.Property(given, nameof(ChangeArguments.Storage)),
            Expression.Property(given, nameof(ChangeArguments.Connection)),
            Expression.Constant(null, typeof(JobStorageTransaction)),
            Expression.Property(given, nameof(ChangeArguments.JobId)),
            Expression.Property(given, nameof(ChangeArguments.State)),
            Expression.Property(given, nameof(ChangeArguments.From)),
            Expression.Property(given, nameof(ChangeArguments.WithoutFilters)),
            Expression.Property(given, nameof(ChangeArguments.Acknowledged)),
            Expression.Property(given, nameof(ChangeArguments.Initialized)),
            Expression.Constant(silent, profiler),
            Expression.Property(given, nameof(ChangeArguments.ServerId)),
            Expression.Property(given, nameof(ChangeArguments.CustomData))
        );
    }

    private static Func<PerformArguments, PerformContext> CompilePerform(Type profiler, object silent)
    {
        var constructor = Find(
            typeof(PerformContext),
            typeof(JobStorage),
            typeof(IStorageConnection),
            typeof(BackgroundJob),
            typeof(IJobCancellationToken),
            profiler,
            typeof(string),
            typeof(IDictionary<string, object>)
        );
        var given = Expression.Parameter(typeof(PerformArguments));
        return Compile<PerformArguments, PerformContext>(
            constructor,
            given,
            Expression.Property(given, nameof(PerformArguments.Storage)),
            Expression.Property(given, nameof(PerformArguments.Connection)),
            Expression.Property(given, nameof(PerformArguments.Job)),
            Expression.Property(given, nameof(PerformArguments.Token)),
            Expression.Constant(silent, profiler),
            Expression.Property(given, nameof(PerformArguments.ServerId)),
            Expression.Constant(null, typeof(IDictionary<string, object>))
        );
    }

    private static TDelegate Compile<TDelegate>(Type type, params Type[] types)
        where TDelegate : Delegate
    {
        var parameters = Array.ConvertAll(types, parameter => Expression.Parameter(parameter));
        return Expression.Lambda<TDelegate>(Expression.New(Find(type, types), parameters), parameters).Compile();
    }

    private static Func<TGiven, TMade> Compile<TGiven, TMade>(
        ConstructorInfo constructor,
        ParameterExpression given,
        params Expression[] arguments
    ) => Expression.Lambda<Func<TGiven, TMade>>(Expression.New(constructor, arguments), given).Compile();

    private static InvalidOperationException Missing(string member) =>
        new(
            $"Hangfire.Core {typeof(BackgroundJobServer).Assembly.GetName().Version} has no {member}, which "
                + $"{nameof(BatchedJobServer)} needs: it was written for version {Version}. Use the package of that "
                + $"version, or {nameof(BackgroundJobServer)}."
        );
}

/// <summary>What a change of state is made from.</summary>
/// <param name="From">States that the job may be in.</param>
internal sealed record ChangeArguments(
    JobStorage Storage,
    IStorageConnection Connection,
    string JobId,
    IState State,
    IEnumerable<string> From,
    string ServerId,
    CancellationToken Initialized
)
{
    /// <summary>The job whose row in the queue goes in the same transaction; null where it stays.</summary>
    public IFetchedJob? Acknowledged { get; init; }

    public bool WithoutFilters { get; init; }

    public IReadOnlyDictionary<string, object>? CustomData { get; init; }
}

/// <summary>What a performance is made from.</summary>
internal sealed record PerformArguments(
    JobStorage Storage,
    IStorageConnection Connection,
    BackgroundJob Job,
    IJobCancellationToken Token,
    string ServerId
);
