namespace JobServer.Files;

/// <summary>Tells what a file is from what is said of it and from its first bytes.</summary>
/// <remarks>
/// <para>
/// Encoding: a byte order mark decides, else what is said, else NULs in every other of the first bytes show UTF-16, else
/// it is UTF-8: what is no UTF-8 is refused, never guessed at.
/// </para>
/// <para>
/// Format: what is said; else <c>[</c> first is a JSON array, <c>{</c> first is NDJSON (JSON when the name ends in
/// <c>.json</c> or nothing else stands on that line: one object over several lines), and anything else a CSV.
/// </para>
/// </remarks>
internal sealed record FileSniff(FileFormat Format, TextCoding Coding, int MarkBytes, bool CodingIsSaid, string Head)
{
    /// <summary>The names an encoding may be given by.</summary>
    public static readonly IReadOnlyDictionary<string, TextCoding?> Encodings = new Dictionary<string, TextCoding?>(
        StringComparer.OrdinalIgnoreCase
    )
    {
        ["utf-8"] = TextCoding.Utf8,
        ["utf8"] = TextCoding.Utf8,
        ["us-ascii"] = TextCoding.Utf8,
        // Which of the two only the bytes say.
        ["utf-16"] = null,
        ["utf-16le"] = TextCoding.Utf16Le,
        ["utf-16be"] = TextCoding.Utf16Be,
        ["latin-1"] = TextCoding.Latin1,
        ["latin1"] = TextCoding.Latin1,
        ["iso-8859-1"] = TextCoding.Latin1,
    };

    /// <param name="head">The first bytes of the file, or all of a smaller one.</param>
    public static FileSniff Of(ReadOnlySpan<byte> head, FileForm form)
    {
        if (head.IsEmpty)
            throw new BrokenFileException("The file is empty.") { Always = true };
        if (head.StartsWith("PK\u0003\u0004"u8))
        {
            throw new BrokenFileException(
                "The file is a ZIP archive, as .xlsx files are too. Send the file inside of it, or save the sheet as CSV."
            )
            {
                Always = true,
            };
        }

        var (coding, markBytes) = CodingOf(head, form.Encoding);
        var text = new char[head.Length];
        var shown = text[..coding.Decode(head[markBytes..], text).Written];
        return new FileSniff(
            form.Format ?? FormatOf(new string(shown), form.Name),
            coding,
            markBytes,
            markBytes > 0 || form.Encoding is not null,
            new string(shown)
        );
    }

    private static (TextCoding Coding, int MarkBytes) CodingOf(ReadOnlySpan<byte> head, string? said)
    {
        switch (head)
        {
            case [0xEF, 0xBB, 0xBF, ..]:
                return (TextCoding.Utf8, 3);
            case [0xFF, 0xFE, ..]:
                return (TextCoding.Utf16Le, 2);
            case [0xFE, 0xFF, ..]:
                return (TextCoding.Utf16Be, 2);
        }

        if (said is not null && Encodings[said] is { } given)
            return (given, 0);
        // A character of ASCII has a NUL as its other byte, and of any text with delimiters and line ends some are ASCII.
        var first = head[..Math.Min(head.Length, 256)];
        var (even, odd) = CountNuls(first);
        if (even > 4 * odd && even * 8 >= first.Length)
            return (TextCoding.Utf16Be, 0);
        return said is not null || (odd > 4 * even && odd * 8 >= first.Length)
            ? (TextCoding.Utf16Le, 0)
            : (TextCoding.Utf8, 0);
    }

    private static (int Even, int Odd) CountNuls(ReadOnlySpan<byte> head)
    {
        var (even, odd) = (0, 0);
        for (var at = 0; at + 1 < head.Length; at += 2)
        {
            even += head[at] == 0 ? 1 : 0;
            odd += head[at + 1] == 0 ? 1 : 0;
        }

        return (even, odd);
    }

    private static FileFormat FormatOf(string head, string? name)
    {
        var text = head.AsSpan().TrimStart();
        if (text is ['[', ..])
            return FileFormat.Json;
        if (text is not ['{', ..])
            return FileFormat.Csv;
        var lineEnd = text.IndexOf('\n');
        return
            name?.EndsWith(".json", StringComparison.OrdinalIgnoreCase) == true
            || (lineEnd > 0 && text[1..lineEnd].IsWhiteSpace())
            ? FileFormat.Json
            : FileFormat.NdJson;
    }
}
