using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>
/// Keys of a step's lookups: SHA-256 over all that decides an answer, each part after its length. What the answer is put
/// into decides nothing.
/// </summary>
internal sealed class LookupKeys
{
    // A change of what an answer is made of needs another one: answers outlive the build that recorded them.
    private const int Form = 1;

    private readonly byte[] _step;

    public LookupKeys(LookupStep step, int maxBodyBytes)
    {
        using var parts = new MemoryStream();
        Append(parts, Form);
        Append(parts, maxBodyBytes);
        Append(parts, step.Headers.Count);
        foreach (var (name, value) in step.Headers)
        {
            // Their names are the same in upper and lower case.
            Append(parts, name.ToLowerInvariant());
            Append(parts, value);
        }

        Append(parts, step.Select.Count);
        foreach (var (name, path) in step.Select)
        {
            Append(parts, name);
            Append(parts, path.Text);
        }

        _step = parts.ToArray();
    }

    public LookupKey Of(string url)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetByteCount(url);
        var bytes = new byte[_step.Length + length];
        _step.CopyTo(bytes, 0);
        Encoding.UTF8.GetBytes(url, bytes.AsSpan(_step.Length));
        SHA256.HashData(bytes, hash);
        return LookupKey.Of(hash);
    }

    private static void Append(MemoryStream parts, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Append(parts, bytes.Length);
        parts.Write(bytes);
    }

    private static void Append(MemoryStream parts, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        parts.Write(bytes);
    }
}
