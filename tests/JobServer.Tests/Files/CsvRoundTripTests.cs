using System.Text;
using System.Text.Json;
using JobServer.Files;

namespace JobServer.Tests.Files;

public sealed class CsvRoundTripTests
{
    private static readonly string[] Bits =
    [
        "a",
        "Ann",
        "12.50",
        " ",
        "\"",
        "\"\"",
        "\r\n",
        "\n",
        "\r",
        "\\",
        "\0",
        "\t",
        "#",
        "ü",
        "日本",
        "😀",
        "\u2028",
        "\u001f",
        "a long cell that is longer than any vector is wide, so that all loops run",
    ];

    private readonly int _seed = Random.Shared.Next();
    private readonly Random _random;

    public CsvRoundTripTests()
    {
        _random = new Random(_seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {_seed}");
    }

    public static TheoryData<string, string> Encodings =>
        new()
        {
            { "utf-8", "," },
            { "utf-8", ";" },
            { "utf-16le", "\t" },
            { "utf-16be", "|" },
        };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task What_a_writer_wrote_is_read_however_it_is_cut(string encodingName, string delimiter)
    {
        Encoding encoding = encodingName switch
        {
            "utf-16le" => Encoding.Unicode,
            "utf-16be" => Encoding.BigEndianUnicode,
            _ => Encoding.UTF8,
        };
        var form = ReadFile.Csv with { Delimiter = delimiter[0], Encoding = encodingName };
        // The smaller buffer makes every place of these files a boundary sooner or later.
        var limits = new UploadOptions { MaxRecordBytes = 4096 };
        for (var round = 0; round < 60; round++)
        {
            var rows = Rows(_random.Next(1, 6), _random.Next(0, 200));
            var body = encoding.GetBytes(Write(rows, delimiter));

            var read = await ReadFile.InReadsAsync(body, () => _random.Next(1, 5000), form, limits);

            Assert.True(
                rows.Skip(1).Select(Canonical).SequenceEqual(read.Lines.Where(line => line.Length > 0)),
                $"seed {_seed}, round {round}"
            );
            Assert.Equal(rows.Count - 1, read.File.Records);
        }
    }

    [Fact]
    public async Task Rows_that_cross_the_buffers_at_any_byte_are_read()
    {
        const string Awkward = "\"é😀\"\"\r\n\",x\r\n\"\",\"\"\r\nü,\"\n\"\n";
        string[] expected = ["""["é😀\"\r\n","x"]""", """["",""]""", """["ü","\n"]"""];
        var length = Encoding.UTF8.GetByteCount(Awkward);
        foreach (var boundary in new[] { UploadBytes.HeadBytes, 2 * UploadBytes.HeadBytes })
        {
            for (var before = 0; before <= length + 2; before++)
            {
                var filler = new string('f', boundary - before - "a,b\n,\n".Length);
                var body = Encoding.UTF8.GetBytes($"a,b\n{filler},\n{Awkward}");

                var whole = await ReadFile.OfAsync(body, ReadFile.Csv);
                var cut = await ReadFile.InReadsAsync(body, () => 4093, ReadFile.Csv);

                Assert.Equal(expected, whole.Lines[1..]);
                Assert.Equal(whole.Lines, cut.Lines);
            }
        }
    }

    private List<string[]> Rows(int columns, int count)
    {
        var header = Enumerable.Range(0, columns).Select(n => $"c{n}").ToArray();
        return
        [
            header,
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                    Enumerable
                        .Range(0, columns)
                        .Select(_ => string.Concat(_random.GetItems(Bits, _random.Next(0, 4))))
                        .ToArray()
                ),
        ];
    }

    private string Write(List<string[]> rows, string delimiter)
    {
        var csv = new StringBuilder();
        var lineEnd = _random.GetItems(["\n", "\r\n", "\r"], 1)[0];
        foreach (var row in rows)
        {
            csv.AppendJoin(delimiter, row.Select(cell => Quote(cell, row.Length == 1))).Append(lineEnd);
            if (_random.Next(10) == 0)
                csv.Append(lineEnd);
        }

        return csv.ToString();

        string Quote(string cell, bool alone) =>
            cell.AsSpan().ContainsAny("\"\r\n")
            || cell.Contains(delimiter, StringComparison.Ordinal)
            || (alone && cell.Length == 0)
            || _random.Next(4) == 0
                ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
                : cell;
    }

    /// <summary>By another writer than ours, told to escape as little as it can.</summary>
    private static string Canonical(string[] row)
    {
        var text = new StringBuilder("[");
        foreach (var cell in row)
        {
            text.Append(text.Length > 1 ? ",\"" : "\"");
            foreach (var one in cell)
            {
                text.Append(
                    one switch
                    {
                        '"' => "\\\"",
                        '\\' => "\\\\",
                        < ' ' => JsonSerializer.Serialize(one.ToString())[1..^1].ToLowerInvariant(),
                        _ => one.ToString(),
                    }
                );
            }

            text.Append('"');
        }

        return text.Append(']').ToString();
    }
}
