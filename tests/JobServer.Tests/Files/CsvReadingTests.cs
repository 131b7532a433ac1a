using System.Text;
using System.Text.RegularExpressions;
using JobServer.Files;

namespace JobServer.Tests.Files;

public sealed partial class CsvReadingTests
{
    private static readonly UploadOptions Small = new()
    {
        MaxColumns = 3,
        MaxCellBytes = 1024,
        MaxRecordBytes = 2048,
    };

    [Theory]
    [InlineData("a,b\n1,2\n", """["1","2"]""")]
    [InlineData("a,b\n1,2", """["1","2"]""")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n", """["1","2"] ["3","4"]""")]
    [InlineData("a,b\r1,2\r3,4\r", """["1","2"] ["3","4"]""")]
    [InlineData("a,b\n1,2\r\n3,4\r5,6", """["1","2"] ["3","4"] ["5","6"]""")]
    [InlineData("\uFEFFa,b\n1,2\n", """["1","2"]""")]
    [InlineData("a,b\n,\n", """["",""]""")]
    [InlineData("a,b\n\"\",\"\"\n", """["",""]""")]
    [InlineData("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", """["x,y","say \"hi\""]""")]
    [InlineData("a,b\n\"1\r\n2\",\"3\n\n4\r\"\n", """["1\r\n2","3\n\n4\r"]""")]
    [InlineData("a,b\n 1 ,\t2\t\n", """[" 1 ","\t2\t"]""")]
    [InlineData("a,b\nx\"y\"z, \"q\"\n", """["x\"y\"z"," \"q\""]""")]
    [InlineData("a,b\n#1,2\n#\n", """["#1","2"] !Row 3 has 1 cell; the header has 2.""")]
    [InlineData("a,b\n\0,\0x\n\0\n", """["\u0000","\u0000x"] !Row 3 has 1 cell; the header has 2.""")]
    [InlineData("a,b\n\\,\b\f\u001f\u007f\u001b\n", """["\\","\b\f\u001f""" + "\u007f" + """\u001b"]""")]
    [InlineData("a,b\n\u2028ü/<>&',😀\n", "[\"\u2028ü/<>&'\",\"😀\"]")]
    [InlineData("a,b\n\n\r\n1,2\n\n", """["1","2"]""")]
    [InlineData("\n\r\na,b\n1,2\n", """["1","2"]""")]
    [InlineData("a\n\n\"\"\n1\n", """[""] ["1"]""")]
    [InlineData("a\n \n", """[" "]""")]
    [InlineData("a,b\n1\n1,2,3\n", "!Row 2 has 1 cell; the header has 2. !Row 3 has 3 cells; the header has 2.")]
    [InlineData("a,b\n1,2,\n", "!Row 2 has 3 cells; the header has 2.")]
    [InlineData("a,b\n\n\"x\ny\",2\n1\n", """["x\ny","2"] !Row 4 has 1 cell; the header has 2.""")]
    public async Task Rows_become_exactly_these_records(string csv, string expected)
    {
        var read = await ReadFile.OfAsync(csv, ReadFile.Csv);

        Assert.Equal(expected, string.Join(' ', read.Lines.Select(Short)));
        Assert.Equal(read.Lines.Count(line => line[0] == '!'), read.File.Faulty);

        static string Short(string line) =>
            line[0] == '!'
                ? "!" + System.Text.Json.JsonElement.Parse(line[1..]).GetProperty("detail").GetString()
                : line;
    }

    [Fact]
    public async Task A_ragged_row_is_kept_with_all_of_its_cells()
    {
        var read = await ReadFile.OfAsync("a,b\n1,\"x\"\"\n\",3\n", ReadFile.Csv);

        Assert.Equal(
            ["""!{"code":"ragged_row","detail":"Row 2 has 3 cells; the header has 2.","record":["1","x\"\n","3"]}"""],
            read.Lines
        );
        Assert.Equal((1, 1, 3), (read.File.Records, read.File.Faulty, read.File.Widest));
    }

    [Theory]
    [InlineData("a,b", "a b")]
    [InlineData(" a,b \n", " a b ")]
    [InlineData("a,,b,\n", "a column_2 b column_4")]
    [InlineData("a,a,a,a_2,a", "a a_3 a_4 a_2 a_5")]
    [InlineData(",column_1,", "column_1_2 column_1 column_3")]
    [InlineData("\"x\ny\",\"\"\"\"", "x\ny \"")]
    [InlineData("A,a", "A a")]
    [InlineData("\n\n \n\n", " ")]
    public async Task The_header_names_the_columns(string csv, string names)
    {
        var read = await ReadFile.OfAsync(csv, ReadFile.Csv);

        Assert.Equal(names, string.Join(' ', read.File.Columns));
        Assert.Equal(0, read.File.Records);
        Assert.Empty(read.Pieces);
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,\"x\n", 3, 2, "no proper end")]
    [InlineData("a,b\n1,\"x\"y\n", 2, 2, "column 2 (b)")]
    [InlineData("a,b\n\n\"x\nx\",1\n\"\"\"\n", 4, 1, "no proper end")]
    [InlineData("\"a\n", 1, 1, "no proper end")]
    [InlineData("a,b\n1,2,3,\"x", 2, 4, "column 4:")]
    public async Task A_file_that_cannot_be_read_on_is_refused_with_its_place(
        string csv,
        int row,
        int column,
        string said
    )
    {
        var fault = await ReadFile.RefusedAsync(csv, ReadFile.Csv);

        Assert.Equal(((long?)row, (long?)column), (fault.Row, fault.Column));
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("\n\r\n\r")]
    public async Task A_file_without_a_header_is_refused(string csv)
    {
        var fault = await ReadFile.RefusedAsync(csv, ReadFile.Csv with { RejectFaults = true });

        Assert.Matches("empty|no header", fault.Message);
    }

    [Fact]
    public async Task Where_faults_are_rejects_the_rows_before_are_kept_and_the_rest_is_one_record()
    {
        var read = await ReadFile.OfAsync("a,b\n1,2\n3\n4,\"x\"y\n5,6\n", ReadFile.Csv with { RejectFaults = true });

        Assert.Equal("""["1","2"]""", read.Lines[0]);
        Assert.Contains("\"ragged_row\"", read.Lines[1], StringComparison.Ordinal);
        Assert.StartsWith(
            """!{"code":"malformed","detail":"Row 4, column 2""",
            read.Lines[2],
            StringComparison.Ordinal
        );
        Assert.EndsWith(",\"record\":null}", read.Lines[2], StringComparison.Ordinal);
        Assert.Equal((3, 2, 21L), (read.File.Records, read.File.Faulty, read.File.Bytes));
    }

    [Theory]
    [InlineData("a,\"b\n1,2\n")]
    [InlineData("a,b,c,d\n1,2,3,4\n")]
    public async Task A_header_that_cannot_be_read_refuses_the_file_whatever_was_asked_for(string csv) =>
        await ReadFile.RefusedAsync(csv, ReadFile.Csv with { RejectFaults = true }, Small);

    [Theory]
    [InlineData("a,b,c\n1,{1020},x\n", null)]
    [InlineData("a,b,c\n1,{1023},x\n", "Row 2, column 2 (b)")]
    [InlineData("a,b,c\n{1000},{1000},{30}\n", null)]
    [InlineData("a,b,c\n{1000},{1000},{60}\n", "Row 2 is larger")]
    [InlineData("a,b,c\n1,2,3\n\"{3000}\n", "Row 3 is larger")]
    [InlineData("a,b,c,d\n", "4 columns")]
    [InlineData("a,b\n1,2,3,4\n", "Row 2 has 4 cells")]
    [InlineData("a,{1025}\n", "The name of column 2")]
    [InlineData("name,of\0two\n", "U+0000")]
    public async Task A_file_that_passes_a_limit_is_refused(string csv, string? said)
    {
        var text = Count().Replace(csv, count => new string('x', int.Parse(count.Groups["count"].Value)));
        if (said is null)
        {
            Assert.Equal(1, (await ReadFile.OfAsync(text, ReadFile.Csv, Small)).File.Records);
            return;
        }

        var fault = await ReadFile.RefusedAsync(text, ReadFile.Csv, Small);

        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_records_than_allowed_are_refused_and_as_many_are_not()
    {
        var limits = new UploadOptions { MaxRecords = 2 };

        Assert.Equal(2, (await ReadFile.OfAsync("a\n1\n2\n", ReadFile.Csv, limits)).File.Records);
        await Assert.ThrowsAsync<FileLimitException>(() => ReadFile.OfAsync("a\n1\n2\n3\n", ReadFile.Csv, limits));
    }

    [Fact]
    public async Task Pieces_end_at_1000_records_or_512_KiB_and_hold_a_larger_record_alone()
    {
        var csv = new StringBuilder("a\n");
        for (var n = 0; n < 2500; n++)
            csv.Append(n).Append('\n');
        for (var n = 0; n < 3; n++)
            csv.Append('x', 200 << 10).Append('\n');
        csv.Append('y', 600 << 10).Append('\n').Append("z\n");

        var read = await ReadFile.OfAsync(csv.ToString(), ReadFile.Csv);

        Assert.Equal(
            [(0, 1000), (1000, 1000), (2000, 502), (2502, 1), (2503, 1), (2504, 1)],
            read.Pieces.Select(piece => (piece.FirstRecord, piece.RecordCount))
        );
        Assert.All(
            read.Pieces,
            piece =>
            {
                Assert.Equal(piece.RecordCount, piece.Content.Count(one => one == '\n'));
                Assert.True(piece.Content.Length <= PieceBuilder.PieceBytes || piece.RecordCount == 1);
            }
        );
        Assert.Equal(2505, read.File.Records);
        Assert.Equal(Enumerable.Range(0, 2500).Select(n => $"[\"{n}\"]"), read.Lines[..2500]);
    }

    /// <summary>So many letters.</summary>
    [GeneratedRegex(@"\{(?<count>\d+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Count();
}
