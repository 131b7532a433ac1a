using System.Security.Cryptography;
using JobServer.Hosting;
using JobServer.Jobs.Input;
using JobServer.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JobServer.Jobs.Submissions;

/// <summary>
/// A request with an <c>Idempotency-Key</c>: sent again within 24 hours it makes nothing new. Its fingerprint is taken
/// while its body is read.
/// </summary>
internal sealed class RepeatableRequest
{
    public const string Header = "Idempotency-Key";
    public const int MaxLength = 255;

    private readonly FingerprintedBody _body;

    private RepeatableRequest(string key, string request, FingerprintedBody body)
    {
        Key = key;
        Request = request;
        _body = body;
    }

    public string Key { get; }

    /// <summary>Method and path.</summary>
    public string Request { get; }

    /// <summary>
    /// The request, if it has a key; or why its header is refused. From here on its body goes through the fingerprint.
    /// </summary>
    public static (RepeatableRequest? Request, ProblemHttpResult? Refusal) Of(HttpContext http)
    {
        var values = http.Request.Headers[Header];
        if (values.Count == 0)
            return (null, null);
        var key = values.Count == 1 ? Unquoted(values[0]!) : "";
        if (key.Length is 0 or > MaxLength || key.Any(c => c is < ' ' or > '~'))
        {
            var faults = new Faults();
            faults.Add(Header, $"must be one text of 1 to {MaxLength} printable ASCII characters, quoted or bare");
            return (null, Problems.Invalid(faults));
        }

        var body = new FingerprintedBody(http.Request.Body);
        http.Response.RegisterForDispose(body);
        http.Request.Body = body;
        return (new RepeatableRequest(key, $"{http.Request.Method} {http.Request.Path}", body), null);
    }

    /// <summary>
    /// What a request known under the same key means for this one, once its body was read: the same again is answered with
    /// what it made; another one is refused.
    /// </summary>
    public (Guid? ResourceId, ProblemHttpResult? Refusal) Compare(KnownRequest known) =>
        known.Request == Request && CryptographicOperations.FixedTimeEquals(known.Fingerprint, _body.Fingerprint())
            ? (known.ResourceId, null)
            : (null, Problems.IdempotencyKeyReused(Key));

    /// <summary>What is to be remembered of it, once its body was read.</summary>
    public KnownRequest Made(Guid resourceId) => new(Request, _body.Fingerprint(), resourceId);

    private static string Unquoted(string value) =>
        value.Length >= 2 && value.StartsWith('"') && value.EndsWith('"') ? value[1..^1] : value;
}
