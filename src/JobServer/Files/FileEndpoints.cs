using JobServer.Access;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Files;

/// <summary>What can be asked of files that are there.</summary>
internal static class FileEndpoints
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    public static void Map(RouteGroupBuilder files)
    {
        files
            .MapGet("/", ListAsync)
            .WithName("ListFiles")
            .WithSummary("Files, newest first")
            .Produces<FilePage>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        files
            .MapGet("/{id:guid}", GetAsync)
            .WithName("GetFile")
            .WithSummary("One file, with a preview of its records")
            .ProducesProblem(StatusCodes.Status404NotFound);
        files
            .MapDelete("/{id:guid}", DeleteAsync)
            .WithName("DeleteFile")
            .WithSummary("Erases a file that no unfinished job reads from")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        FileStore files,
        string? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var count = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
            faults.Add("limit", $"must be a whole number from 1 to {MaxLimit}");
        var before = PageQuery.Id(cursor, faults);
        if (faults.Any)
            return Problems.Invalid(faults);

        var page = await files.ListAsync(caller.Tenant, before, count + 1, cancellationToken);
        var data = page.Take(count).Select(FileView.Of).ToList();
        return TypedResults.Ok(new FilePage(data, page.Count > count ? data[^1].Id.ToString() : null));
    }

    private static async Task<Results<Ok<FileView>, ProblemHttpResult>> GetAsync(
        Guid id,
        Caller caller,
        FileStore files,
        CancellationToken cancellationToken
    )
    {
        if (await files.FindAsync(caller.Tenant, id, cancellationToken) is not { } file)
            return Problems.NoSuchFile(id);
        var preview = await FilePreview.ReadAsync(files, file, cancellationToken);
        return TypedResults.Ok(FileView.Of(file) with { Preview = preview });
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id,
        Caller caller,
        FileStore files,
        CancellationToken cancellationToken
    ) =>
        await files.DeleteAsync(caller.Tenant, id, cancellationToken) switch
        {
            FileDeletion.Deleted => TypedResults.NoContent(),
            FileDeletion.InUse => Problems.FileInUse(),
            _ => Problems.NoSuchFile(id),
        };
}
