namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Answers the lookups of a block of records.</summary>
internal interface ILookups
{
    /// <summary>Gives an answer for every URL; a failed call is an answer too.</summary>
    /// <param name="urls">The distinct URLs that the block needs; never empty.</param>
    ValueTask<IReadOnlyDictionary<string, LookupAnswer>> ResolveAsync(
        LookupStep step,
        IReadOnlyCollection<string> urls,
        CancellationToken cancellationToken
    );
}

/// <summary>What a lookup brought: a value, or an error with its code.</summary>
/// <param name="Value">
/// UTF-8 JSON without line breaks: with <c>select</c> an object of the selected members in their order, else the whole
/// body. A JSON null stands for nothing: every column of the step is null then.
/// </param>
internal sealed record LookupAnswer(
    ReadOnlyMemory<byte> Value,
    string? ErrorCode,
    string? ErrorDetail,
    string? ErrorHost
)
{
    /// <summary>Every column null, without an error.</summary>
    public static readonly LookupAnswer Nothing = Of("null"u8.ToArray());

    public static LookupAnswer Of(ReadOnlyMemory<byte> value) => new(value, null, null, null);

    public static LookupAnswer Failure(string code, string detail, string? host) => new(default, code, detail, host);
}
