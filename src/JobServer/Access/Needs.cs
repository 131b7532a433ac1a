namespace JobServer.Access;

/// <summary>What a caller must have for an endpoint. An endpoint that says nothing is closed to everybody.</summary>
/// <param name="Reading">One of these to GET; none: any key.</param>
/// <param name="Changing">One of these for all else.</param>
/// <param name="OperatorOnly">The caller must be the operator, whatever scopes it has.</param>
internal sealed record Needs(IReadOnlyList<string> Reading, IReadOnlyList<string> Changing, bool OperatorOnly = false)
{
    public IReadOnlyList<string> For(HttpRequest request) => IsChange(request) ? Changing : Reading;

    public static bool IsChange(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
}

/// <summary>The endpoint checks by tokens that its own pages made a change: a cookie is enough for it.</summary>
internal sealed class TakesBrowserChanges
{
    public static readonly TakesBrowserChanges Instance = new();
}

/// <summary>Says of endpoints and groups what they need. The last word counts: an endpoint's is after its group's.</summary>
internal static class NeedsConventions
{
    public static TBuilder NeedsByMethod<TBuilder>(this TBuilder builder, string reading, string changing)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Needs([reading], [changing]));

    public static TBuilder Needs<TBuilder>(this TBuilder builder, params string[] oneOf)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Needs(oneOf, oneOf));

    public static TBuilder NeedsAnyKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Needs([], []));

    public static TBuilder NeedsOperator<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new Needs([Scopes.Admin], [Scopes.Admin], OperatorOnly: true));
}
