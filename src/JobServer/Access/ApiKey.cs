using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace JobServer.Access;

/// <summary>
/// The text of an API key: <c>jsk_</c>, its id in 32 hexadecimal digits, <c>_</c>, and 256 random bits as base64url. The
/// id leads to the row; only the hash of the whole is stored. A plain SHA-256 is enough: there is nothing to guess.
/// </summary>
internal static class ApiKey
{
    private const string Prefix = "jsk_";
    private const int SecretBytes = 32;
    private const int IdLength = 32;
    private static readonly int Length = Prefix.Length + IdLength + 1 + Base64Url.GetEncodedLength(SecretBytes);

    /// <summary>A new key of this id.</summary>
    public static string Make(Guid id) =>
        $"{Prefix}{id:N}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>SHA-256 of the text.</summary>
    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The id in a text of the right shape.</summary>
    public static bool TryReadId([NotNullWhen(true)] string? text, out Guid id)
    {
        id = default;
        return text?.Length == Length
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text[Prefix.Length + IdLength] == '_'
            && Guid.TryParseExact(text.AsSpan(Prefix.Length, IdLength), "N", out id);
    }
}
