using System.Text.Json;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Input;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>
/// Asks a host about each record: <c>{"url", "select", "into", "headers", "onError", "cacheFor"}</c>. Records of one
/// block that ask the same share one answer.
/// </summary>
/// <param name="Select">New columns, each with its place in the body, or in <paramref name="Into"/> if that is given.</param>
/// <param name="Into">The column of the whole body, or of the object that is selected from it.</param>
/// <param name="NullOnError">A failed lookup leaves its columns null; else it makes the record a reject.</param>
/// <param name="CacheFor">How long an answer may serve other records. Default 1 h; 0 to 30 days.</param>
internal sealed record LookupStep(
    UrlTemplate Url,
    IReadOnlyList<KeyValuePair<string, JsonPath>> Select,
    string? Into,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    bool NullOnError,
    TimeSpan CacheFor
) : IStep
{
    public const string Name = "lookup";

    public const string UnusableCode = "unusable_field";

    private const string Hidden = "…";

    public string Type => Name;

    public IReadOnlyList<StepInput> Reads => [.. Url.Fields.Select(name => new StepInput("url", name))];

    public int Adds => Columns.Count;

    /// <summary>The columns it makes.</summary>
    public IReadOnlyList<string> Columns => Into is null ? [.. Select.Select(member => member.Key)] : [Into];

    public void Shape(ColumnNames columns)
    {
        foreach (var column in Columns)
            columns.Put(column);
    }

    public async ValueTask RunAsync(RecordTable table, StepContext context, CancellationToken cancellationToken)
    {
        var asked = new int[table.Count];
        var urls = LookupUrls.Collect(this, table, asked);
        var answers =
            urls.Count == 0
                ? new Dictionary<string, LookupAnswer>()
                : await context.Lookups.ResolveAsync(this, urls, cancellationToken);
        LookupColumns.Put(this, table, asked, [.. urls.Select(url => answers[url])]);
    }

    public void Write(Utf8JsonWriter output, bool show)
    {
        output.WriteString("url", Url.Text);
        if (Select.Count > 0)
        {
            output.WriteStartObject("select");
            foreach (var (column, path) in Select)
                output.WriteString(column, path.Text);
            output.WriteEndObject();
        }

        if (Into is not null)
            output.WriteString("into", Into);
        if (Headers.Count > 0)
        {
            output.WriteStartObject("headers");
            foreach (var (header, value) in Headers)
                output.WriteString(header, show ? Hidden : value);
            output.WriteEndObject();
        }

        output.WriteString("onError", NullOnError ? "null" : "reject");
        output.WriteString("cacheFor", Durations.Format(CacheFor));
    }
}
