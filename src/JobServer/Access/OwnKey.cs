using JobServer.Ledger;

namespace JobServer.Access;

/// <summary>A key for the calls this process makes to itself. It dies with it, and opens nothing but the sample page.</summary>
internal sealed class OwnKey
{
    /// <summary>What it may do; no other key can have this.</summary>
    public const string Scope = "sample";

    private readonly string _text = ApiKey.Make(TimeOrderedId.Next());

    public OwnKey() =>
        Known = new KnownKey(null, JobKey.DefaultTenant, "self", [Scope], ApiKey.Hash(_text), ExpiresAt: null);

    public KnownKey Known { get; }

    /// <summary>The header that brings it.</summary>
    public KeyValuePair<string, string> Header => new("Authorization", $"{KeyScheme.Name} {_text}");
}
