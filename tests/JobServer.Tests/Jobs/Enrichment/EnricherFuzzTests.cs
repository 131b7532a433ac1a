using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using JobServer.Jobs.Enrichment;

namespace JobServer.Tests.Jobs.Enrichment;

/// <summary>Random records through random steps: the engine and <see cref="Reference"/> say the same.</summary>
public sealed class EnricherFuzzTests
{
    private const string Time = "2030-01-01T00:00:00.000Z";

    private static readonly string[] Names =
    [
        "a",
        "b",
        "c",
        "ä \"quoted\"",
        "n\\ame",
        "😀",
        "long_" + new string('x', 60),
    ];
    private static readonly string[] Texts =
    [
        "",
        "x",
        "\"",
        "\\",
        "\\\"",
        "é😀",
        "a\nb\u0001",
        "null",
        "]},",
        new('y', 100),
    ];

    private readonly int _seed = Random.Shared.Next();
    private readonly Random _random;

    public EnricherFuzzTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
    }

    [Fact]
    public async Task Arrays_come_out_as_the_reference_says_and_have_the_columns_foreseen()
    {
        for (var round = 0; round < 300; round++)
        {
            var columns = Some(Names, 1);
            var steps = RandomSteps();
            var run = new Enriching(string.Join(',', steps.Select(Write)));
            var foreseen = StepColumns.After(columns, run.Steps);
            for (var block = 0; block < 3; block++)
            {
                var records = Enumerable
                    .Range(0, _random.Next(1, 20))
                    .Select(_ => columns.Select(_ => RandomValue()).ToArray())
                    .ToArray();
                var expected = records.Select(cells =>
                    Reference.Run(
                        new JsonObject(
                            columns.Zip(cells, (name, value) => KeyValuePair.Create(name, value?.DeepClone()))
                        ),
                        steps,
                        Time
                    )
                );

                var found = await run.RunAsync(
                    columns,
                    [.. records.Select(cells => $"[{string.Join(',', cells.Select(cell => Write(cell)))}]")]
                );

                Assert.True(foreseen.SequenceEqual(found.Columns!), $"seed {_seed}: {steps.ToJsonString()}");
                Compare(expected, found, steps);
            }
        }
    }

    [Fact]
    public async Task Objects_come_out_as_the_reference_says()
    {
        for (var round = 0; round < 300; round++)
        {
            var steps = RandomSteps();
            var run = new Enriching(string.Join(',', steps.Select(Write)));
            for (var block = 0; block < 3; block++)
            {
                var records = Enumerable
                    .Range(0, _random.Next(1, 20))
                    .Select(_ => new JsonObject(
                        Some(Names, 0).Select(name => KeyValuePair.Create(name, RandomValue()))
                    ))
                    .ToArray();

                var found = await run.RunAsync(null, [.. records.Select(WriteLoosely)]);

                Compare(records.Select(record => Reference.Run(record, steps, Time)), found, steps);
            }
        }
    }

    private void Compare(IEnumerable<JsonObject?> expected, Enriched found, JsonArray steps)
    {
        foreach (var (record, line) in expected.Zip(found.Lines))
        {
            var same = record is null
                ? line.Length == 0
                : line.Length > 0 && Members(found.Columns, line).SequenceEqual(Members(null, Write(record)));
            Assert.True(same, $"seed {_seed}: {steps.ToJsonString()}\n{record?.ToJsonString()}\n{line}");
        }
    }

    /// <summary>Names in order and values as they are written.</summary>
    private static IEnumerable<(string Name, string Value)> Members(IReadOnlyList<string>? columns, string line)
    {
        var root = JsonElement.Parse(line);
        return columns is null
            ? root.EnumerateObject().Select(member => (member.Name, Rewrite(member.Value)))
            : columns.Zip(root.EnumerateArray(), (name, value) => (name, Rewrite(value)));
    }

    private static string Rewrite(JsonElement value) => Write(JsonNode.Parse(value.GetRawText()));

    private JsonArray RandomSteps() => [.. Enumerable.Range(0, _random.Next(1, 8)).Select(_ => RandomStep())];

    private JsonObject RandomStep()
    {
        var (first, second) = (Pick(Names), Pick(Names));
        return _random.Next(6) switch
        {
            0 => new JsonObject { ["type"] = "processedAt", ["into"] = first },
            1 => new JsonObject
            {
                ["type"] = "set",
                ["field"] = first,
                ["value"] = RandomValue(),
            },
            2 => new JsonObject { ["type"] = "drop", ["field"] = first },
            3 when first != second => new JsonObject
            {
                ["type"] = "rename",
                ["from"] = first,
                ["to"] = second,
            },
            _ => new JsonObject
            {
                ["type"] = "score",
                ["field"] = first,
                ["into"] = second,
                ["modulo"] = _random.Next(2, 1_000_000_000),
            },
        };
    }

    private JsonNode? RandomValue() =>
        _random.Next(12) switch
        {
            0 => null,
            1 => JsonNode.Parse("1.10"),
            2 => JsonNode.Parse("12345678901234567890"),
            3 => _random.Next(2) == 0,
            4 => new JsonArray(Pick(Texts), 1, new JsonArray()),
            5 => new JsonObject { [Pick(Names)] = Pick(Texts), ["}"] = null },
            _ => Pick(Texts),
        };

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    private string[] Some(string[] from, int atLeast)
    {
        var mixed = from.ToArray();
        _random.Shuffle(mixed);
        return mixed[.._random.Next(atLeast, mixed.Length + 1)];
    }

    /// <summary>With blanks between tokens, and with one of two ways to escape.</summary>
    private string WriteLoosely(JsonObject record)
    {
        var line = new StringBuilder("{");
        foreach (var (index, member) in record.Index())
        {
            line.Append(index > 0 ? "," : "").Append(Blank());
            line.Append(_random.Next(2) == 0 ? Write(member.Key) : JsonSerializer.Serialize(member.Key));
            line.Append(Blank()).Append(':').Append(Blank()).Append(Write(member.Value)).Append(Blank());
        }

        return line.Append(Blank()).Append('}').Append(Blank()).ToString();
    }

    private string Blank() => Pick(["", "", " ", "\t "]);

    private static string Write(JsonNode? value) =>
        value?.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        ?? "null";
}
