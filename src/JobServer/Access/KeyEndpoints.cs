using System.Text.RegularExpressions;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Access;

/// <summary>What a key is asked for with.</summary>
/// <param name="Name">For people; 1 to 100 characters.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Tenant">Whose it is: a to z, 0 to 9, '.', '_' and '-', at most 64. Default: the caller's.</param>
/// <param name="ExpiresAt">It is good until then; null means until it is revoked.</param>
internal sealed record KeyBody(string Name, IReadOnlyList<string> Scopes, string? Tenant, DateTimeOffset? ExpiresAt);

/// <summary>A key, without what is secret of it.</summary>
/// <param name="LastUsedAt">To the minute.</param>
internal sealed record KeyView(
    Guid Id,
    string Name,
    string Tenant,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt
)
{
    public static KeyView Of(StoredKey key) =>
        new(key.Id, key.Name, key.Tenant, key.Scopes, key.CreatedAt, key.ExpiresAt, key.RevokedAt, key.LastUsedAt);
}

/// <summary>A key that was made.</summary>
/// <param name="Key">The key itself: shown here, and never again.</param>
internal sealed record MadeKey(
    Guid Id,
    string Key,
    string Name,
    string Tenant,
    IReadOnlyList<string> Scopes,
    DateTimeOffset? ExpiresAt
);

/// <summary>A page of keys, newest first.</summary>
internal sealed record KeyPage(IReadOnlyList<KeyView> Data, string? NextCursor);

/// <summary>Makes, shows and revokes keys: the operator those of every tenant, another admin those of its own.</summary>
internal static partial class KeyEndpoints
{
    private const string Path = "/v1/keys";
    private const int MaxBodyBytes = 16 << 10;
    private const string TenantRule =
        "must have 1 to 64 characters of a to z, 0 to 9, '.', '_' and '-', and begin with a letter or a digit";

    public static void Map(IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup(Path)
            .WithTags("Keys")
            .Needs(Scopes.Admin)
            .AddEndpointFilter(AuditFilter.WriteAsync)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        keys.MapPost("/", CreateAsync)
            .WithName("CreateKey")
            .WithSummary("Makes a key; it is shown once")
            .Accepts<KeyBody>("application/json")
            .Produces<MadeKey>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        keys.MapGet("/", ListAsync)
            .WithName("ListKeys")
            .WithSummary("Keys, newest first, without what is secret of them")
            .Produces<KeyPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest);
        keys.MapGet("/{id:guid}", GetAsync)
            .WithName("GetKey")
            .WithSummary("One key")
            .ProducesProblem(StatusCodes.Status404NotFound);
        keys.MapDelete("/{id:guid}", RevokeAsync)
            .WithName("RevokeKey")
            .WithSummary("Ends a key, here at once and on other hosts within seconds; it stays listed")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>Reads a body; what is wrong goes to the faults.</summary>
    public static (NewKey Key, string Text) Read(Fields fields, string tenant)
    {
        var name = fields.Text("name", 1, 100);
        var scopes = fields.Require("scopes") ? fields.Strings("scopes", Scopes.All.Count, 100) : [];
        var unknown = scopes.Except(Scopes.All).ToList();
        if (unknown.Count > 0)
            fields.Refuse("scopes", $"must be of {string.Join(", ", Scopes.All)}");
        else if (scopes is [])
            fields.Refuse("scopes", $"must name at least one of {string.Join(", ", Scopes.All)}");
        var owner = fields.OptionalText("tenant", 1, 64) ?? tenant;
        if (!TenantPattern.IsMatch(owner))
            fields.Refuse("tenant", TenantRule);
        var expiresAt = fields.OptionalTimestamp("expiresAt");
        if (expiresAt <= TimeProvider.System.GetUtcNow())
            fields.Refuse("expiresAt", "must lie in the future");
        fields.Done();
        var id = TimeOrderedId.Next();
        var text = ApiKey.Make(id);
        return (new NewKey(owner, id, name, [.. scopes.Distinct()], ApiKey.Hash(text), expiresAt), text);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        Caller caller,
        KeyStore keys,
        CancellationToken cancellationToken
    )
    {
        if (!http.Request.HasJsonContentType())
            return Problems.UnsupportedMediaType("application/json");
        var faults = new Faults();
        using var body = await JsonBody.ReadAsync(
            http.Request.BodyReader,
            MaxBodyBytes,
            hint: null,
            faults,
            cancellationToken
        );
        if (body is null)
            return Problems.Invalid(faults);
        var (key, text) = Read(new Fields(body.RootElement, "", faults), caller.Tenant);
        if (key.Tenant != caller.Tenant && !caller.IsOperator)
            faults.Add("tenant", "must be your own: only an admin key of the tenant default makes keys of others");
        if (faults.Any)
            return Problems.Invalid(faults);
        await keys.InsertAsync(key, cancellationToken);
        return TypedResults.Created(
            $"{Path}/{key.Id}",
            new MadeKey(key.Id, text, key.Name, key.Tenant, [.. key.Scopes], key.ExpiresAt)
        );
    }

    private static async Task<IResult> ListAsync(
        Caller caller,
        KeyStore keys,
        string? limit,
        string? cursor,
        CancellationToken cancellationToken
    )
    {
        var faults = new Faults();
        var count = PageQuery.Limit(limit, faults);
        var before = PageQuery.Id(cursor, faults);
        if (faults.Any)
            return Problems.Invalid(faults);
        var page = await keys.ListAsync(Reach(caller), before, count + 1, cancellationToken);
        var data = page.Take(count).Select(KeyView.Of).ToList();
        return TypedResults.Ok(new KeyPage(data, page.Count > count ? data[^1].Id.ToString() : null));
    }

    private static async Task<Results<Ok<KeyView>, ProblemHttpResult>> GetAsync(
        Guid id,
        Caller caller,
        KeyStore keys,
        CancellationToken cancellationToken
    ) =>
        await keys.FindAsync(Reach(caller), id, cancellationToken) is { } key
            ? TypedResults.Ok(KeyView.Of(key))
            : Problems.NoSuchKey(id);

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        Guid id,
        Caller caller,
        KeyStore keys,
        KeyRing ring,
        CancellationToken cancellationToken
    )
    {
        if (!await keys.RevokeAsync(Reach(caller), id, cancellationToken))
            return Problems.NoSuchKey(id);
        ring.Forget(id);
        return TypedResults.NoContent();
    }

    /// <summary>The tenant whose keys the caller sees; null for all.</summary>
    private static string? Reach(Caller caller) => caller.IsOperator ? null : caller.Tenant;

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z", RegexOptions.None, 1000)]
    private static partial Regex TenantPattern { get; }
}
