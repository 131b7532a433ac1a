using System.Buffers.Text;
using System.Text;

namespace JobServer.Benchmarks.Enrichment;

/// <summary>
/// The rows of a file of people. A row is made of the seed and its number alone, so that whoever knows both can make it
/// again.
/// </summary>
/// <param name="seed">The same seed makes the same rows.</param>
/// <param name="awkward">
/// Whether some cells are quoted, for they hold commas, quotes or line breaks. Plain rows can be split at commas.
/// </param>
internal sealed class CsvRows(int seed, bool awkward = false)
{
    public const string Header = "id,name,email,city,amount,joined";

    /// <summary>No row is longer.</summary>
    public const int MostBytes = 256;

    private const int AwkwardOneIn = 8;
    private const int MostCents = 1_000_000;
    private const int Days = 9_000;
    private static readonly DateOnly FirstDay = new(2001, 1, 1);

    private static readonly (byte[] Name, byte[] Mail)[] FirstNames =
    [
        .. Names(
            "Anna Ben Clara David Elif Frank Greta Hugo Ines Jürgen Karla Liam Mia Noor Olga Pavel René Sofía Tom Zoë"
        ),
    ];

    private static readonly (byte[] Name, byte[] Mail)[] LastNames =
    [
        .. Names(
            "Müller Smith García Rossi Novák Kowalski Jansen Dubois Silva Yilmaz Nielsen Öberg Weiß Brown Costa Horvat"
        ),
    ];

    private static readonly byte[][] Cities = Texts(
        "Berlin|Paris|Lisbon|Oslo|Zürich|New York|São Paulo|Kraków|Wien|Madrid|Porto|København|Hamburg|Lyon|東京|Graz"
    );

    private static readonly byte[][] AwkwardCities = Texts(
        "\"Frankfurt, am Main\"|\"Rothenburg\nob der Tauber\"|\"the \"\"Big\"\" Apple\"|\"Halle\r\n(Saale), \"\"Sachsen\"\"\""
    );

    private static readonly byte[][] Domains = Texts("example.org|example.com|example.net|mail.example");

    /// <summary>Writes a row with its line break; returns its length in bytes.</summary>
    /// <param name="to">Has room for <see cref="MostBytes"/>.</param>
    /// <param name="number">From 1.</param>
    public int Write(Span<byte> to, long number)
    {
        var random = new Draw((ulong)seed, (ulong)number);
        var first = random.Of(FirstNames);
        var last = random.Of(LastNames);
        var at = Number(to, 0, number);
        at = Text(to, at, ","u8);
        at = Text(to, at, first.Name);
        at = Text(to, at, " "u8);
        at = Text(to, at, last.Name);
        at = Text(to, at, ","u8);
        at = Text(to, at, first.Mail);
        at = Text(to, at, "."u8);
        at = Text(to, at, last.Mail);
        at = Number(to, at, number);
        at = Text(to, at, "@"u8);
        at = Text(to, at, random.Of(Domains));
        at = Text(to, at, ","u8);
        var isAwkward = random.Below(AwkwardOneIn) == 0 && awkward;
        at = Text(to, at, random.Of(isAwkward ? AwkwardCities : Cities));
        at = Text(to, at, ","u8);
        var cents = random.Below(MostCents);
        at = Number(to, at, cents / 100);
        at = Text(to, at, cents % 100 < 10 ? ".0"u8 : "."u8);
        at = Number(to, at, cents % 100);
        at = Text(to, at, ","u8);
        _ = FirstDay.AddDays(random.Below(Days)).TryFormat(to[at..], out var length, "yyyy-MM-dd");
        return Text(to, at + length, "\n"u8);
    }

    /// <summary>The cells of a plain row.</summary>
    public string[] CellsOf(long number)
    {
        Span<byte> row = stackalloc byte[MostBytes];
        return Encoding.UTF8.GetString(row[..(Write(row, number) - 1)]).Split(',');
    }

    private static int Number(Span<byte> to, int at, long number)
    {
        _ = Utf8Formatter.TryFormat(number, to[at..], out var length);
        return at + length;
    }

    private static int Text(Span<byte> to, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(to[at..]);
        return at + text.Length;
    }

    private static byte[][] Texts(string all) => [.. all.Split('|').Select(Encoding.UTF8.GetBytes)];

    /// <summary>Names, and what of them stands in an address: letters a to z.</summary>
    private static IEnumerable<(byte[] Name, byte[] Mail)> Names(string all) =>
        from name in all.Split(' ')
        let letters = name.ToLowerInvariant().Where(char.IsAsciiLetterLower).ToArray()
        select (Encoding.UTF8.GetBytes(name), Encoding.ASCII.GetBytes(letters));

    /// <summary>SplitMix64: its numbers stay the same whatever the runtime.</summary>
    private struct Draw(ulong seed, ulong row)
    {
        private ulong _state = (seed << 40) ^ (row * 8);

        public int Below(int limit)
        {
            _state += 0x9E3779B97F4A7C15;
            var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)(((z ^ (z >> 31)) >> 32) * (ulong)limit >> 32);
        }

        public T Of<T>(T[] choices) => choices[Below(choices.Length)];
    }
}
