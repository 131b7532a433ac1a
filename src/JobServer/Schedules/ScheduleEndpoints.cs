using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Schedules;

/// <summary>Makes, shows and removes schedules.</summary>
internal static class ScheduleEndpoints
{
    public static void Map(RouteGroupBuilder schedules)
    {
        schedules
            .MapGet("/", ListAsync)
            .WithName("ListSchedules")
            .WithSummary("Schedules, by their ids")
            .Produces<SchedulePage>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        schedules
            .MapPut("/{id}", PutAsync)
            .WithName("PutSchedule")
            .WithSummary("Makes a schedule of this id, or replaces it")
            .WithDescription(
                "The id has 1 to 100 characters of a to z, 0 to 9, '.', '_' and '-'. The args are checked as a submission "
                    + "would be. A change of when it is due counts from now on; what was due before has been seen to."
            )
            .Accepts<ScheduleBody>("application/json")
            .Produces<ScheduleView>()
            .Produces<ScheduleView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        schedules
            .MapGet("/{id}", GetAsync)
            .WithName("GetSchedule")
            .WithSummary("One schedule")
            .ProducesProblem(StatusCodes.Status404NotFound);
        schedules
            .MapDelete("/{id}", DeleteAsync)
            .WithName("DeleteSchedule")
            .WithSummary("Removes a schedule; its jobs stay")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        string? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var count = PageQuery.Limit(limit, faults);
        if (cursor is not null && !ScheduleIds.IsValid(cursor))
            faults.Add("cursor", PageQuery.CursorRule);
        if (faults.Any)
            return Problems.Invalid(faults);
        var page = await schedules.ListAsync(caller.Tenant, cursor, count + 1, cancellationToken);
        var shown = page.Take(count).ToList();
        var newest = await runs.NewestAsync(
            caller.Tenant,
            shown.ConvertAll(schedule => schedule.Key.Id),
            cancellationToken
        );
        return TypedResults.Ok(
            new SchedulePage(
                shown.ConvertAll(schedule => ScheduleView.Of(schedule, newest.GetValueOrDefault(schedule.Key.Id))),
                page.Count > count ? shown[^1].Key.Id : null
            )
        );
    }

    private static async Task<IResult> PutAsync(
        string id,
        Caller caller,
        HttpContext http,
        ScheduleReader reader,
        JobKinds kinds,
        ScheduleChanges changes,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    )
    {
        if (!http.Request.HasJsonContentType())
            return Problems.UnsupportedMediaType("application/json");
        var faults = new Faults();
        using var body = await JsonBody.ReadAsync(
            http.Request.BodyReader,
            ScheduleReader.MaxBodyBytes,
            hint: null,
            faults,
            cancellationToken
        );
        if (!ScheduleIds.IsValid(id))
            faults.Add("id", ScheduleIds.Rule);
        var key = caller.Schedule(id);
        var request = body is null ? null : await reader.ReadAsync(key, body.RootElement, faults, cancellationToken);
        if (request is null)
            return Problems.Invalid(faults);
        // Who may make schedules may have them make jobs, but not of a kind that has a scope of its own.
        if (kinds.Get(request.Definition.Kind).Scope is not Scopes.WriteJobs and var scope && !caller.Has(scope))
            return Problems.ScopeNeeded(scope);
        var change = await changes.PutAsync(key, request, cancellationToken);
        if (change == ScheduleChange.Declared)
            return Problems.ScheduleDeclared(id, ScheduleIds.SettingOf(id));
        if (await FindAsync(key, schedules, runs, cancellationToken) is not { } view)
            return Problems.NoSuchSchedule(id);
        return change == ScheduleChange.Created
            ? TypedResults.Created(ScheduleIds.PathOf(id), view)
            : TypedResults.Ok(view);
    }

    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> GetAsync(
        string id,
        Caller caller,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(caller.Schedule(id), schedules, runs, cancellationToken) is { } view
            ? TypedResults.Ok(view)
            : Problems.NoSuchSchedule(id);

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string id,
        Caller caller,
        ScheduleChanges changes,
        CancellationToken cancellationToken
    ) =>
        ScheduleIds.IsValid(id)
            ? await changes.DeleteAsync(caller.Schedule(id), cancellationToken) switch
            {
                ScheduleChange.Unknown => Problems.NoSuchSchedule(id),
                ScheduleChange.Declared => Problems.ScheduleDeclared(id, ScheduleIds.SettingOf(id)),
                _ => TypedResults.NoContent(),
            }
            : Problems.NoSuchSchedule(id);

    /// <summary>The schedule with its newest run, or null.</summary>
    public static async Task<ScheduleView?> FindAsync(
        ScheduleKey key,
        ScheduleStore schedules,
        ScheduleRunStore runs,
        CancellationToken cancellationToken
    )
    {
        // An id that cannot be is not asked for: the database refuses some of what a path may hold.
        if (!ScheduleIds.IsValid(key.Id) || await schedules.FindAsync(key, cancellationToken) is not { } schedule)
            return null;
        var newest = await runs.ListAsync(key, before: null, limit: 1, cancellationToken);
        return ScheduleView.Of(schedule, newest.FirstOrDefault());
    }
}
