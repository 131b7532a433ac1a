using System.Security.Cryptography;
using JobServer.Ledger;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace JobServer.Access;

/// <summary>A key that is good.</summary>
/// <param name="Id">Null for the one of the configuration, and for the server's own.</param>
internal sealed record KnownKey(
    Guid? Id,
    string Tenant,
    string Name,
    IReadOnlyCollection<string> Scopes,
    byte[] Hash,
    DateTimeOffset? ExpiresAt
);

/// <summary>
/// Knows which keys are good. What the ledger says of one is believed for a few seconds: so late, at most, another host
/// learns that a key was revoked.
/// </summary>
internal sealed class KeyRing(KeyStore keys, OwnKey own, IOptions<AuthOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>What the key of the configuration is called.</summary>
    public const string BootstrapName = "bootstrap";

    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(3);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 10_000 });
    private readonly KnownKey? _bootstrap = options.Value.BootstrapKey is { Length: > 0 } key
        ? new KnownKey(null, JobKey.DefaultTenant, BootstrapName, [Scopes.Admin], ApiKey.Hash(key), ExpiresAt: null)
        : null;

    /// <summary>The key, when it is good.</summary>
    public async ValueTask<KnownKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        var hash = ApiKey.Hash(text);
        if (IsOf(_bootstrap, hash))
            return _bootstrap;
        if (IsOf(own.Known, hash))
            return own.Known;
        if (!ApiKey.TryReadId(text, out var id))
            return null;
        var key = await FindAsync(id, cancellationToken);
        return IsOf(key, hash) ? key : null;
    }

    /// <summary>The key that somebody signed in with, when it is still the same and good.</summary>
    public async ValueTask<KnownKey?> FindAsync(Guid? id, byte[] hash, CancellationToken cancellationToken)
    {
        var key = id is { } stored ? await FindAsync(stored, cancellationToken) : _bootstrap;
        return IsOf(key, hash) ? key : null;
    }

    /// <summary>Has this host ask the ledger anew.</summary>
    public void Forget(Guid id) => _known.Remove(id);

    /// <summary>Refuses a start after which nobody could ever ask.</summary>
    /// <exception cref="InvalidSettingException">There is no admin key.</exception>
    public async Task RequireAdminAsync(CancellationToken cancellationToken)
    {
        if (_bootstrap is null && !await keys.AnyAsync(Scopes.Admin, cancellationToken))
            throw new InvalidSettingException(
                "There is no admin key, so nobody could use this server. Make one with `dotnet JobServer.dll keys create "
                    + "--name admin --scopes admin`, or set Auth__BootstrapKey to 32 or more random characters."
            );
    }

    public void Dispose() => _known.Dispose();

    private static bool IsOf(KnownKey? key, byte[] hash) =>
        key is not null && CryptographicOperations.FixedTimeEquals(key.Hash, hash);

    private async ValueTask<KnownKey?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(id, out KnownKey? key))
        {
            key = await keys.UseAsync(id, cancellationToken) is { } stored ? Known(stored) : null;
            _known.Set(id, key, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Believed });
        }

        return key?.ExpiresAt <= time.GetUtcNow() ? null : key;
    }

    private static KnownKey Known(StoredKey key) =>
        new(key.Id, key.Tenant, key.Name, key.Scopes, key.Hash, key.ExpiresAt);
}
