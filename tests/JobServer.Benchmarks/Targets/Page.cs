using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace JobServer.Benchmarks.Targets;

/// <summary>A small JSON document the target server serves.</summary>
internal sealed record Page(int Id, string FileName, byte[] Body)
{
    private static readonly string[] Names =
    [
        "Ada Lovelace",
        "Zoë Müller",
        "José Núñez",
        "Søren Ångström",
        "山田太郎",
        "O'Brien",
    ];
    private static readonly string[] Cities = ["Berlin", "Łódź", "São Paulo", "Nairobi", "Tromsø", "Wellington"];
    private static readonly string[] Words =
    [
        "north",
        "amber",
        "quiet",
        "river",
        "seven",
        "\"quoted\"",
        "a\\b",
        "ember",
        "tab\there",
    ];
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    /// <summary>Between 200 and 300 bytes, of every JSON type, not all of it ASCII.</summary>
    public static Page Create(int id, Random random)
    {
        var document = new
        {
            id,
            name = random.GetItems(Names, 1)[0],
            email = $"user{random.Next(1_000_000)}@example.org",
            address = new
            {
                city = random.GetItems(Cities, 1)[0],
                geo = new[] { Degrees(random, 90), Degrees(random, 180) },
            },
            active = random.Next(2) == 0,
            balance = random.Next(-100_000, 100_000) / 100m,
            manager = (string?)null,
            tags = random.GetItems(Words, random.Next(1, 5)),
            note = string.Join(' ', random.GetItems(Words, random.Next(3, 7))),
        };
        return new Page(id, $"page{id}.json", JsonSerializer.SerializeToUtf8Bytes(document, Json));
    }

    private static double Degrees(Random random, int limit) => Math.Round((random.NextDouble() * 2 - 1) * limit, 5);
}
