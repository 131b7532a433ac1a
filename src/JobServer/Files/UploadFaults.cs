namespace JobServer.Files;

/// <summary>The file cannot be read on: answered with 400, or kept as its last record where the client asked for that.</summary>
/// <param name="detail">A sentence or two that a person can act on.</param>
/// <param name="row">Row of a CSV as a spreadsheet counts it; number of a JSON record, from 1.</param>
/// <param name="line">Line of a JSON file, from 1.</param>
/// <param name="column">Column of a CSV; byte of the line of a JSON file; from 1.</param>
internal sealed class BrokenFileException(string detail, long? row = null, long? line = null, long? column = null)
    : Exception(detail)
{
    public long? Row => row;

    public long? Line => line;

    public long? Column => column;

    /// <summary>Whether the file is refused whatever the client asked for.</summary>
    public bool Always { get; init; }
}

/// <summary>The file passes a limit of this server other than its bytes: answered with 413.</summary>
internal sealed class FileLimitException(string slug, string title, string detail) : Exception(detail)
{
    public string Slug => slug;

    public string Title => title;
}

/// <summary>Bytes that are no text in the encoding the file is read in.</summary>
/// <param name="offset">Of the first of them, in the file after decompression.</param>
internal sealed class UndecodableException(TextCoding coding, long offset)
    : Exception($"is no {coding.Name} text at byte {offset + 1} of the file.{HintFor(coding)}")
{
    /// <summary>What helps most of those whose bytes are no text in this encoding; begins with a blank, or is empty.</summary>
    public static string HintFor(TextCoding coding) =>
        coding == TextCoding.Utf8 ? " If the file is in Latin-1 (ISO 8859-1), send it with encoding=latin-1." : "";
}
