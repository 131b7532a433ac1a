using System.Text;
using System.Text.Json;
using JobServer.Jobs.Enrichment;
using JobServer.Jobs.Enrichment.Records;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Jobs.Input;
using JobServer.Tests.Outbound;

namespace JobServer.Tests.Jobs.Enrichment;

/// <summary>Steps read from JSON and run over lines; lookups are answered by a function of the URL.</summary>
internal sealed class Enriching : ILookups
{
    private readonly Func<string, string?> _body;
    private readonly Enricher _enricher;

    /// <param name="steps">The elements of the list.</param>
    /// <param name="body">What a host sends for a URL; null is a 404.</param>
    public Enriching(string steps, Func<string, string?>? body = null, int maxBytes = Enricher.MaxBytes)
    {
        _body = body ?? (_ => null);
        Steps = Parse(steps);
        _enricher = new Enricher(Steps, this, Time, maxBytes);
    }

    public ManualTime Time { get; } = new();

    public IReadOnlyList<IStep> Steps { get; }

    /// <summary>The URLs asked for, block by block.</summary>
    public List<string[]> Asked { get; } = [];

    public static IReadOnlyList<IStep> Parse(string steps)
    {
        var faults = new Faults();
        var read = StepTypes.Read(new Fields(JsonElement.Parse($$"""{"steps":[{{steps}}]}"""), "", faults), faults);
        Assert.Empty(faults.ToErrors());
        return read;
    }

    public static RecordBlock Block(string[]? columns, params string[] lines) =>
        new(lines.Length, columns, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    public async Task<Enriched> RunAsync(string[]? columns, params string[] lines)
    {
        var block = await _enricher.RunAsync(Block(columns, lines), TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(block.Lines.Span);
        Assert.Equal(lines.Length, block.Count);
        Assert.Equal(lines.Length, text.Count(c => c == '\n'));
        return new Enriched(
            block.Columns,
            text.Split('\n')[..^1],
            [
                .. block.Rejects.Select(reject =>
                    $"{reject.Index} {reject.Code} {reject.Host} {Encoding.UTF8.GetString(reject.Record.Span)}"
                ),
            ],
            [.. block.Rejects.Select(reject => reject.Detail)]
        );
    }

    public ValueTask<IReadOnlyDictionary<string, LookupAnswer>> ResolveAsync(
        LookupStep step,
        IReadOnlyCollection<string> urls,
        CancellationToken cancellationToken
    )
    {
        Asked.Add([.. urls]);
        return ValueTask.FromResult<IReadOnlyDictionary<string, LookupAnswer>>(
            urls.ToDictionary(url => url, url => Answer(step, _body(url)))
        );
    }

    private static LookupAnswer Answer(LookupStep step, string? body) =>
        body is null
            ? LookupAnswer.Failure("http_404", "The host answered 404 Not Found.", step.Url.Host)
            : LookupBody.Select(step, Encoding.UTF8.GetBytes(body));
}

/// <param name="Rejects">Place, code, host and record of each.</param>
internal sealed record Enriched(IReadOnlyList<string>? Columns, string[] Lines, string[] Rejects, string[] Details);
