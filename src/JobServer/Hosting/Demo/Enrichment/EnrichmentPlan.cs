using System.Text;
using System.Text.Json.Nodes;

namespace JobServer.Hosting.Demo.Enrichment;

/// <summary>The file the demo uploads, the steps it asks for, and what must come of each row.</summary>
/// <param name="api">The sample API.</param>
/// <param name="run">Of this run alone, so that no lookup is answered by what an earlier one left behind.</param>
internal sealed class EnrichmentPlan(Uri api, string run)
{
    public const string FileName = "people.csv";

    private const string Header = "id,name,email,amount,note,note,";

    /// <summary>The columns as the server must name them: one name stands there twice, one is empty.</summary>
    public static readonly string[] Columns = ["id", "name", "email", "amount", "note", "note_2", "column_7"];

    public static readonly string[] RenamedColumns = ["id", "name", "email", "amount", "note", "remark", "column_7"];

    /// <summary>What the step <c>set</c> gives each row.</summary>
    public static readonly JsonObject Source = new() { ["by"] = "demo" };

    private static readonly Added Ann = new(54, "Lisboa", "+351 21 000 0001");
    private static readonly Added Bob = new(62, "Köln", "+49 221 0000001");
    private static readonly Added Cleo = new(64, "São Paulo", "+55 11 0000 0001");
    private static readonly Added Jörg = new(29, "İzmir", "+90 232 000 00 01");

    /// <summary>In the order of the file; the id of each is its number.</summary>
    public IReadOnlyList<PlannedRow> Rows { get; } =
    [
        Good(
            "plain",
            "1,Ann Lee,ann@example.org,12.50,a,b,c",
            Ann,
            "Ann Lee",
            "ann@example.org",
            "12.50",
            "a",
            "b",
            "c"
        ),
        Good(
            "commas and quotes",
            "2,\"Meyer, Bob\",bob@example.org,8,\"says \"\"hi\"\", twice\",,",
            Bob,
            ["Meyer, Bob", "bob@example.org", "8", "says \"hi\", twice", "", ""]
        ),
        Good(
            "line breaks, and a page that moved",
            "3,\"Cleo\nCruz\",cleo@example.org,9,\"two\r\nlines\",\"\n\",",
            Cleo,
            ["Cleo\nCruz", "cleo@example.org", "9", "two\r\nlines", "\n", ""]
        ),
        Good(
            "umlauts",
            "4,Jörg Öz,jörg+a@example.org,10,größer,日本,€",
            Jörg,
            ["Jörg Öz", "jörg+a@example.org", "10", "größer", "日本", "€"]
        ),
        Good(
            "formulas and a negative number",
            "5,=1+1,ann@example.org,-12.50,@SUM(A1),+1,-x",
            Ann,
            ["=1+1", "ann@example.org", "-12.50", "@SUM(A1)", "+1", "-x"]
        ),
        Good(
            "blanks and leading zeros",
            "6,\" Bob \",bob@example.org,\"\",007,1e3,NULL",
            Bob,
            [" Bob ", "bob@example.org", "", "007", "1e3", "NULL"]
        ),
        new("too few cells", "7,Too short", ["7", "Too short"], null, "ragged_row"),
        Bad(
            "an unknown address",
            "8,\"Nobody, known\",nobody@example.org,-3,=1+1,\"line\nbreak\",",
            "http_404",
            ["Nobody, known", "nobody@example.org", "-3", "=1+1", "line\nbreak", ""]
        ),
        Bad(
            "an answer without city",
            "9,Dan,dan@example.org,1,,,",
            "lookup_no_match",
            ["Dan", "dan@example.org", "1", "", "", ""]
        ),
        Good(
            "without a line break at its end",
            "10,Ann,ann@example.org,0,,,",
            Ann,
            "Ann",
            "ann@example.org",
            "0",
            "",
            "",
            ""
        ),
    ];

    /// <summary>UTF-8 with a byte order mark, lines ended by CR LF.</summary>
    public byte[] Csv =>
        [
            .. Encoding.UTF8.Preamble,
            .. Encoding.UTF8.GetBytes(string.Join("\r\n", Rows.Select(row => row.Csv).Prepend(Header))),
        ];

    public int Failures => Rows.Count(row => row.ErrorCode is not null);

    public int Faulty => Rows.Count(row => row.Email is null);

    /// <summary>The pages of the sample API that must be asked for, each once.</summary>
    public IEnumerable<string> Lookups =>
        Rows.Select(row => row.Email)
            .OfType<string>()
            .Append("cleo.cruz@example.org")
            .Distinct()
            .Select(email => $"/people/{email}");

    /// <summary>The rows that fail, as CSV.</summary>
    /// <param name="details">What the server says of each of them, in order, as cells of a CSV.</param>
    public static string Rejects(IReadOnlyList<string> details) =>
        string.Join(
            "\r\n",
            $"{string.Join(',', Columns)},error_code,error_detail",
            $"7,Too short,,,,,,ragged_row,{details[0]}",
            $"8,\"Nobody, known\",nobody@example.org,-3,'=1+1,\"line\nbreak\",,http_404,{details[1]}",
            $"9,Dan,dan@example.org,1,,,,lookup_no_match,{details[2]}",
            ""
        );

    /// <summary>The body of the submission.</summary>
    /// <param name="fileId">Of the uploaded file.</param>
    public object Submission(string fileId) =>
        new
        {
            input = new { fileId },
            steps = new object[]
            {
                new { type = "processedAt" },
                new { type = "score", field = "email" },
                new
                {
                    type = "rename",
                    from = "note_2",
                    to = "remark",
                },
                new
                {
                    type = "set",
                    field = "source",
                    value = Source,
                },
                new
                {
                    type = "lookup",
                    url = $"{api}people/{{email}}?run={run}",
                    select = new { city = "$.address.city", phone = "$.phones[0]" },
                },
            },
            tags = new[] { "demo" },
        };

    private static PlannedRow Good(string shape, string csv, Added added, params string[] cells) =>
        new(shape, csv, [csv[..csv.IndexOf(',')], .. cells], added, null);

    private static PlannedRow Bad(string shape, string csv, string errorCode, params string[] cells) =>
        new(shape, csv, [csv[..csv.IndexOf(',')], .. cells], null, errorCode);
}
