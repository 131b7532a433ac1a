using System.Text;

namespace JobServer.IntegrationTests.Jobs.Results;

/// <summary>Reads CSV by the letter of RFC 4180: quotes doubled within quotes, rows ended by CR LF.</summary>
internal static class Csv
{
    public static List<List<string>> Parse(string text)
    {
        var rows = new List<List<string>>();
        for (var at = 0; at < text.Length; at += 2)
        {
            var row = new List<string> { Cell(text, ref at) };
            while (text[at] == ',')
            {
                at++;
                row.Add(Cell(text, ref at));
            }

            Assert.Equal("\r\n", text.Substring(at, 2));
            rows.Add(row);
        }

        return rows;
    }

    private static string Cell(string text, ref int at)
    {
        var cell = new StringBuilder();
        if (text[at] != '"')
        {
            while (text[at] is not (',' or '\r'))
            {
                Assert.NotEqual('"', text[at]);
                cell.Append(text[at++]);
            }

            return cell.ToString();
        }

        for (at++; text[at] != '"' || text[at + 1] == '"'; at++)
        {
            if (text[at] == '"')
                at++;
            cell.Append(text[at]);
        }

        at++;
        return cell.ToString();
    }
}
