using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>What a job reads from, as it was found when the job was accepted; it outlives the files.</summary>
/// <param name="Columns">Of all of it, in the order in which they first appear.</param>
/// <param name="Widest">Cells of the longest row: more than there are columns when a row is ragged.</param>
/// <param name="FromJob">The job whose results are the records; then there are no files.</param>
internal sealed record InputShape(
    IReadOnlyList<string> Columns,
    int Widest,
    int Records,
    IReadOnlyList<InputFile> Files,
    Guid? FromJob
)
{
    /// <summary>Everything that must not be erased while the job runs.</summary>
    public IReadOnlyCollection<Guid> Sources => FromJob is { } job ? [job] : [.. Files.Select(file => file.Id)];

    /// <summary>The columns, with names for surplus cells of ragged rows.</summary>
    public IReadOnlyList<string> ColumnsOfRejects =>
        [
            .. Columns
                .Concat(Enumerable.Range(1, Widest).Skip(Columns.Count).Select(number => $"column_{number}"))
                .Distinct(),
        ];

    public static InputShape OfFiles(IReadOnlyList<StoredFile> files) =>
        new(
            [.. files.SelectMany(file => file.Columns).Distinct()],
            files.Max(file => file.Widest),
            files.Sum(file => file.Records),
            [.. files.Select(file => new InputFile(file.Id, file.Name, file.Records))],
            FromJob: null
        );

    /// <summary>The same, with so many records in its only file.</summary>
    public InputShape WithRecords(int count) =>
        this with
        {
            Records = count,
            Files = [Files[0] with { Records = count }],
        };

    /// <summary>
    /// What results call the record with this number: its own number within its file, from 1, after the file's name where
    /// there are several.
    /// </summary>
    public string KeyOf(int seq)
    {
        var record = seq;
        foreach (var file in Files)
        {
            if (record < file.Records)
                return Files.Count == 1 ? $"{record + 1}" : $"{file.Name ?? file.Id.ToString()}:{record + 1}";
            record -= file.Records;
        }

        return $"{seq + 1}";
    }
}

/// <summary>One file of a job.</summary>
internal sealed record InputFile(Guid Id, string? Name, int Records);
