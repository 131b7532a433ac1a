using System.IO.Compression;
using System.Text;
using JobServer.Files;
using JobServer.Files.Csv;

namespace JobServer.Tests.Files;

public sealed class FileSniffTests
{
    [Theory]
    [InlineData("[{\"a\":1}]", null, "json 1")]
    [InlineData(" \n[]", null, "json 0")]
    [InlineData("{\"a\":1}", null, "ndjson 1")]
    [InlineData("{\"a\":1}\n{\"a\":2}\n", null, "ndjson 2")]
    [InlineData("{\n\"a\":1\n}\n", null, "json 1")]
    [InlineData("{ \r\n\"a\":1}", null, "json 1")]
    [InlineData("{\"a\":\n1}", "x.JSON", "json 1")]
    [InlineData("a\n1\n", "x.json", "csv 1")]
    [InlineData("a;b\n1;2\n", null, "csv 1")]
    public async Task A_format_that_nobody_said_is_seen(string text, string? name, string expected)
    {
        var read = await ReadFile.OfAsync(text, ReadFile.Unsaid with { Name = name });

        Assert.Equal(expected, $"{read.File.Format} {read.File.Records}");
        Assert.Equal(name, read.File.Name);
    }

    [Theory]
    [InlineData("a,b\n1,2\n", ',')]
    [InlineData("a;b\n1;2\n", ';')]
    [InlineData("a\tb\n1\t2\n", '\t')]
    [InlineData("a|b\n1|2\n", '|')]
    [InlineData("a\n1\n", ',')]
    [InlineData("a", ',')]
    [InlineData("\"x,y\"\n1\n", ',')]
    [InlineData("\"a,b,c\";d\n1;2\n", ';')]
    [InlineData("\"a\n,,,,\n\";d\n1;2\n", ';')]
    // Numbers with decimal commas: more of them than delimiters, but not in the header.
    [InlineData("a;b\n1,5;2,5\n1,5;2,5\n", ';')]
    // As many in the first line, but not in all.
    [InlineData("name;a, b\nx;y\nz;w\n", ';')]
    [InlineData("a;b;c,d\n1;2;3,4\n", ';')]
    [InlineData("\n\na|b\n1|2", '|')]
    public void The_most_consistent_delimiter_is_taken(string head, char expected) =>
        Assert.Equal(expected, CsvDelimiter.Of(head, whole: true));

    [Fact]
    public void A_line_that_is_cut_does_not_count()
    {
        Assert.Equal(',', CsvDelimiter.Of("a,b;x\n1,2;x\n3,4", whole: false));
        Assert.Equal(';', CsvDelimiter.Of("a;b,x;c\n1;2;3\n4,", whole: false));
        Assert.Equal(';', CsvDelimiter.Of("a;b", whole: false));
    }

    public static TheoryData<string?, byte[], string> Coded =>
        new()
        {
            { null, Encoding.UTF8.GetBytes("é,b\n1,😀\n"), "utf-8" },
            { null, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("é,b\n1,😀\n")], "utf-8" },
            { "latin-1", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("é,b\n1,😀\n")], "utf-8" },
            { null, [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("é,b\n1,😀\n")], "utf-16le" },
            { null, [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("é,b\n1,😀\n")], "utf-16be" },
            { "utf-8", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("é,b\n1,😀\n")], "utf-16le" },
            { null, Encoding.Unicode.GetBytes("é,b\n1,😀\n"), "utf-16le" },
            { null, Encoding.BigEndianUnicode.GetBytes("é,b\n1,😀\n"), "utf-16be" },
            { "utf-16", Encoding.BigEndianUnicode.GetBytes("é,b\n1,😀\n"), "utf-16be" },
            { "utf-16", Encoding.Unicode.GetBytes("é,b\n1,😀\n"), "utf-16le" },
            { "UTF-16BE", Encoding.BigEndianUnicode.GetBytes("é,b\n1,😀\n"), "utf-16be" },
        };

    [Theory]
    [MemberData(nameof(Coded))]
    public async Task Text_of_any_encoding_is_the_same_text(string? said, byte[] body, string expected)
    {
        var read = await ReadFile.OfAsync(body, ReadFile.Unsaid with { Encoding = said });

        Assert.Equal(expected, read.File.Encoding);
        Assert.Equal(["é", "b"], read.File.Columns);
        Assert.Equal(["""["1","😀"]"""], read.Lines);
        Assert.Equal(body.Length, read.File.Bytes);
    }

    [Fact]
    public async Task Latin_1_must_be_said()
    {
        byte[] body = [.. "n\n1\nM"u8, 0xFC, .. "ller\n3\n"u8];

        var read = await ReadFile.OfAsync(body, ReadFile.Unsaid with { Encoding = "ISO-8859-1" });
        var form = ReadFile.Unsaid with { RejectFaults = true };
        var fault = await Assert.ThrowsAsync<BrokenFileException>(() => ReadFile.OfAsync(body, form));

        Assert.Equal(("latin-1", "[\"Müller\"]"), (read.File.Encoding, read.Lines[1]));
        Assert.Equal(3, fault.Row);
        Assert.Contains("byte 6 of the file", fault.Message, StringComparison.Ordinal);
        Assert.Contains("encoding=latin-1", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_encoding_is_said_bytes_that_are_no_text_can_be_a_reject()
    {
        byte[] body = [.. "n\n1\nM"u8, 0xFC, .. "ller\n3\n"u8];

        var read = await ReadFile.OfAsync(body, ReadFile.Unsaid with { Encoding = "utf-8", RejectFaults = true });

        Assert.Equal("[\"1\"]", read.Lines[0]);
        Assert.StartsWith("!{\"code\":\"malformed\",\"detail\":\"Row 3 ", read.Lines[1], StringComparison.Ordinal);
        Assert.Equal((2, body.Length), (read.File.Records, read.File.Bytes));
    }

    [Theory]
    [InlineData("utf-8", new byte[] { (byte)'a', (byte)'\n', 0xC3 }, 3)]
    [InlineData("utf-8", new byte[] { (byte)'a', (byte)'\n', 0xED, 0xA0, 0x80, (byte)'\n' }, 3)]
    [InlineData("utf-16le", new byte[] { (byte)'a', 0, (byte)'\n', 0, (byte)'b' }, 5)]
    [InlineData("utf-16le", new byte[] { (byte)'a', 0, (byte)'\n', 0, 0, 0xD8, (byte)'b', 0 }, 5)]
    [InlineData("utf-16le", new byte[] { (byte)'a', 0, (byte)'\n', 0, 0, 0xDC, (byte)'b', 0 }, 5)]
    [InlineData("utf-16be", new byte[] { 0, (byte)'a', 0, (byte)'\n', 0xD8, 0 }, 5)]
    public async Task Half_a_character_is_a_fault_with_its_place(string encoding, byte[] body, int at)
    {
        var form = ReadFile.Csv with { Encoding = encoding };

        var fault = await Assert.ThrowsAsync<BrokenFileException>(() => ReadFile.OfAsync(body, form));

        Assert.Equal(2, fault.Row);
        Assert.Contains($"at byte {at} of", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gzip_body_is_read_whether_it_is_said_or_not_also_in_several_members()
    {
        byte[] plain =
        [
            .. "a\n"u8,
            .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9000).Select(n => $"{n}\n"))),
        ];
        byte[] members = [.. ReadFile.Gzip(plain[..1000]), .. ReadFile.Gzip([]), .. ReadFile.Gzip(plain[1000..])];
        var whole = await ReadFile.OfAsync(plain, ReadFile.Csv);

        foreach (var gzip in new[] { true, false })
        {
            foreach (var size in new[] { 1, 7, 100_000 })
            {
                var form = ReadFile.Csv with { Gzip = gzip };
                var read = await ReadFile.InReadsAsync(members, () => size, form);

                Assert.Equal(whole.Lines, read.Lines);
                Assert.Equal(plain.Length, read.File.Bytes);
                Assert.Equal(whole.File.Sha256, read.File.Sha256);
            }
        }

        Assert.Equal(System.Security.Cryptography.SHA256.HashData(plain), whole.File.Sha256);
    }

    [Fact]
    public async Task A_gzip_body_that_is_cut_anywhere_is_refused()
    {
        var body = ReadFile.Gzip("a,b\n1,2\n3,4\n"u8.ToArray());
        for (var length = 2; length < body.Length; length++)
            await RefusedAsync(body[..length]);
        byte[] twice = [.. body, .. body];
        for (var length = body.Length + 1; length < twice.Length; length++)
            await RefusedAsync(twice[..length]);
    }

    [Fact]
    public async Task A_gzip_body_that_is_damaged_or_goes_on_is_refused()
    {
        var body = ReadFile.Gzip("a,b\n1,2\n3,4\n"u8.ToArray());
        foreach (var at in new[] { 3, 12, body.Length - 6, body.Length - 2 })
        {
            var damaged = body.ToArray();
            damaged[at] ^= 0x55;
            await RefusedAsync(damaged);
        }

        await RefusedAsync([.. body, .. "and more"u8]);
        await RefusedAsync("a,b\n"u8.ToArray(), said: true);
    }

    [Theory]
    [InlineData(190, false)]
    [InlineData(2, true)]
    public async Task What_grows_too_much_is_a_bomb_once_it_is_large(int ratio, bool refused)
    {
        var large = new byte[2 << 20];
        Random.Shared.NextBytes(large.AsSpan(0, 20 << 10));
        for (var at = 0; at < large.Length; at++)
            large[at] = (byte)('a' + (large[at] % 26));
        byte[] body = [.. "x\n"u8, .. large];
        foreach (var at in Enumerable.Range(1, body.Length / 1000 - 1))
            body[at * 1000] = (byte)'\n';
        var limits = new UploadOptions { MaxRatio = ratio };
        var small = ReadFile.Gzip([.. "x\n"u8, .. Enumerable.Repeat((byte)'\n', 900_000)]);

        Assert.Equal(0, (await ReadFile.OfAsync(small, ReadFile.Csv, limits)).File.Records);
        var reading = ReadFile.OfAsync(ReadFile.Gzip(body), ReadFile.Csv, limits);
        if (refused)
            Assert.Equal("decompression-bomb", (await Assert.ThrowsAsync<FileLimitException>(() => reading)).Slug);
        else
            Assert.Equal(body.Length, (await reading).File.Bytes);
    }

    [Fact]
    public async Task A_zip_is_refused_with_advice()
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            archive.CreateEntry("a");

        var fault = await Assert.ThrowsAsync<BrokenFileException>(() =>
            ReadFile.OfAsync(zip.ToArray(), ReadFile.Unsaid)
        );

        Assert.Contains("save the sheet as CSV", fault.Message, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(byte[] body, bool said = false)
    {
        var form = ReadFile.Csv with { Gzip = said, RejectFaults = true };
        var fault = await Assert.ThrowsAsync<BrokenFileException>(() => ReadFile.OfAsync(body, form));
        Assert.StartsWith("The file cannot be decompressed", fault.Message, StringComparison.Ordinal);
    }
}
