using JobServer.Access;

namespace JobServer.Schedules;

/// <summary>Schedules: what this registers, and where they are.</summary>
internal static class ScheduleModule
{
    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddSingleton<ScheduleSubmission>();
        services.AddSingleton<ScheduleReader>();
        services.AddSingleton<ScheduleChanges>();
        services.AddSingleton<DeclaredSchedules>();
        services.AddSingleton<DueTimes>();
        services.AddSingleton<ScheduleTick>();
        services.AddSingleton<ServerBeat>();
        services.AddSingleton<RecurringTicks>();
        services.AddHostedService(provider => provider.GetRequiredService<ServerBeat>());
        services.AddHostedService(provider => provider.GetRequiredService<RecurringTicks>());
        services.AddHostedService<ScheduleWatch>();
        return services;
    }

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/v1/schedules")
            .WithTags("Schedules")
            .NeedsByMethod(Scopes.ReadJobs, Scopes.WriteSchedules)
            .AddEndpointFilter(AuditFilter.WriteAsync)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        ScheduleEndpoints.Map(schedules);
        ScheduleActions.Map(schedules);
    }
}
