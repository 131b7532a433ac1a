using System.Text;
using System.Text.Json;
using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class SubmissionReaderFuzzTests
{
    private static readonly SubmissionLimits Small = new()
    {
        MaxItems = 40,
        MaxItemBytes = 60,
        MaxMemberBytes = 80,
        MaxEnvelopeBytes = 200,
        MaxNameBytes = 20,
    };

    private static readonly string[] Documents =
    [
        """{"urls":["http://a","http://b/\u00e4\n","http://c"],"options":{"concurrency":[1,{"a":"}]"}]},"tags":[]}""",
        "\uFEFF { \"tags\" : [ \"ü\" , \"\\ud83d\\ude00\" ] ,\r\n \"urls\" :\n [ \"http://é\" ,\n { \"url\" : \"http://b\\\\\" , \"key\" : \"]\" } ] } \n",
        """{"urls":["http://a",5,{"url":"http://b","headers":{"Host":"x"}},null,"ftp://c"],"urls":[],"x":1,"x":2}""",
        """{"long":"ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss","urls":[]}""",
        """{"urls":["http://a","http://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu","http://\ud800"]}""",
        """{"urls":["http://a",{"url":{"a":[[["b",{"c":1}]]]}}], "a":[1,2,3], "b":-1.5e-3, "c":true, "d":null}""",
        """{"urls":["http://a","http://b"],"tags":tru}""",
        """{"urls":["http://a","http://b"}""",
    ];

    private readonly int _seed = Random.Shared.Next();
    private readonly Random _random;

    public SubmissionReaderFuzzTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
    }

    [Fact]
    public async Task However_a_body_is_cut_the_outcome_is_the_same()
    {
        foreach (var document in Documents)
        {
            var body = Encoding.UTF8.GetBytes(document);
            var whole = (await Submitted.ReadAsync(body, Small)).Describe();

            Assert.Equal(whole, (await Submitted.ReadAsync(Submitted.InReads(body, () => 1), Small)).Describe());
            for (var round = 0; round < 100; round++)
            {
                var most = _random.Next(2, 40);
                var reads = await Submitted.ReadAsync(Submitted.InReads(body, () => _random.Next(1, most)), Small);
                var segments = await Submitted.ReadAsync(
                    Submitted.InSegments(body, () => _random.Next(1, most)),
                    Small
                );

                Assert.True(
                    whole == reads.Describe(),
                    $"seed {_seed}, reads of {document}:\n{whole}\n{reads.Describe()}"
                );
                Assert.True(
                    whole == segments.Describe(),
                    $"seed {_seed}, segments of {document}:\n{whole}\n{segments.Describe()}"
                );
            }
        }
    }

    [Fact]
    public async Task A_damaged_body_is_read_or_refused_and_never_throws()
    {
        var wellFormed = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var body = Damage(Encoding.UTF8.GetBytes(Documents[_random.Next(Documents.Length)]));
            var read = await ReadDamagedAsync(body);
            var json = IsJsonObject(body);
            wellFormed += json ? 1 : 0;

            // The parser of the framework is the judge of what is JSON.
            Assert.False(read.Errors.Count == 0 && !json, Explain("accepted, but not JSON", body));
            Assert.False(json && !read.ReadToEnd, Explain("refused as malformed, but JSON", body));
            Assert.Equal(read.ItemCount, read.Errors.Count == 0 ? CountItems(body) : read.ItemCount);
            new Fields(read.Members, "", new Faults()).Done();
        }

        Assert.InRange(wellFormed, 500, 19_500);
    }

    private async Task<Submitted> ReadDamagedAsync(byte[] body)
    {
        try
        {
            return await Submitted.ReadAsync(
                Submitted.InReads(body, () => _random.Next(1, 30)),
                Small with
                {
                    MaxNameBytes = 500,
                }
            );
        }
        catch (Exception unexpected)
        {
            throw new InvalidOperationException(Explain("threw", body), unexpected);
        }
    }

    private byte[] Damage(byte[] body)
    {
        ReadOnlySpan<byte> likely = "\"\\{}[]:,/ \n\0au0e-\u00e9"u8;
        var damaged = body.ToList();
        for (var times = _random.Next(1, 4); times > 0; times--)
        {
            var at = _random.Next(damaged.Count);
            var other = _random.Next(2) == 0 ? likely[_random.Next(likely.Length)] : (byte)_random.Next(256);
            switch (_random.Next(4))
            {
                case 0:
                    damaged[at] = other;
                    break;
                case 1:
                    damaged.Insert(at, other);
                    break;
                case 2:
                    damaged.RemoveRange(at, Math.Min(_random.Next(1, 5), damaged.Count - at));
                    break;
                default:
                    damaged.InsertRange(at, damaged.GetRange(at, Math.Min(_random.Next(1, 20), damaged.Count - at)));
                    break;
            }
        }

        return [.. damaged];
    }

    private string Explain(string what, byte[] body) => $"seed {_seed}: {what}: {Convert.ToHexString(body)}";

    private static ReadOnlyMemory<byte> WithoutMark(byte[] body) =>
        body.AsMemory(body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0);

    private static bool IsJsonObject(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(body));
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static int CountItems(byte[] body)
    {
        using var document = JsonDocument.Parse(WithoutMark(body));
        return document.RootElement.GetProperty("urls").GetArrayLength();
    }
}
