using System.Globalization;
using System.Threading.RateLimiting;
using JobServer.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace JobServer.Access;

/// <summary>
/// A bucket of requests for each key, and for each address without one. Answers carry <c>RateLimit-Policy</c> and
/// <c>RateLimit</c> of draft-ietf-httpapi-ratelimit-headers-10: the quota <c>q</c> in a window of <c>w</c> seconds, what
/// remains of it <c>r</c>, and the seconds <c>t</c> until it is whole again.
/// </summary>
internal sealed class RequestLimits : IDisposable
{
    private const int WindowSeconds = 60;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly int _quota;
    private readonly PartitionedRateLimiter<Client> _buckets;

    public RequestLimits(IOptions<LimitOptions> options)
    {
        _quota = options.Value.RequestsPerMinute;
        _buckets = PartitionedRateLimiter.Create<Client, Client>(client =>
            RateLimitPartition.Get<Client>(client, _ => Bucket())
        );
    }

    /// <summary>Lets the request through, or answers it.</summary>
    public async Task PassAsync(HttpContext http, RequestDelegate next)
    {
        if (Client.Of(http) is not { } client)
        {
            await next(http);
            return;
        }

        using var lease = _buckets.AttemptAcquire(client);
        var left = _buckets.GetStatistics(client)?.CurrentAvailablePermits ?? 0;
        var headers = http.Response.Headers;
        var whole = (_quota - left) * WindowSeconds / (double)_quota;
        headers["RateLimit-Policy"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"requests\";q={_quota};w={WindowSeconds}"
        );
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"requests\";r={left};t={Math.Ceiling(whole)}"
        );
        if (lease.IsAcquired)
        {
            await next(http);
            return;
        }

        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Period;
        headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await Problems.TooManyRequests(_quota).ExecuteAsync(http);
    }

    public void Dispose() => _buckets.Dispose();

    private TokenBucketRateLimiter Bucket() =>
        new(
            new TokenBucketRateLimiterOptions
            {
                TokenLimit = _quota,
                TokensPerPeriod = Math.Max(1, _quota / WindowSeconds),
                // A small quota comes back one by one, further apart.
                ReplenishmentPeriod =
                    _quota >= WindowSeconds ? Period : TimeSpan.FromSeconds(WindowSeconds / (double)_quota),
                QueueLimit = 0,
                AutoReplenishment = true,
            }
        );

    /// <summary>Whose bucket a request takes from.</summary>
    private readonly record struct Client(Guid? Key, string? Address)
    {
        /// <summary>Null for who has no limit: probes, and the key of the configuration.</summary>
        public static Client? Of(HttpContext http)
        {
            if (Caller.Of(http) is { } caller)
                return caller.KeyId is { } key ? new Client(key, null) : null;
            return http.GetEndpoint()?.Metadata.GetMetadata<IsProbe>() is null
                ? new Client(null, http.Connection.RemoteIpAddress?.ToString())
                : null;
        }
    }
}

/// <summary>An endpoint that is asked often, by machines without a key, and costs little.</summary>
internal sealed class IsProbe : IAllowAnonymous
{
    public static readonly IsProbe Instance = new();
}

internal static class RequestLimitsConventions
{
    public static void UseRequestLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RequestLimits>();
        app.Use((http, next) => limits.PassAsync(http, next));
    }
}
