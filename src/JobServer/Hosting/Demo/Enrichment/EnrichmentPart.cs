using JobServer.Jobs;
using Spectre.Console;

namespace JobServer.Hosting.Demo.Enrichment;

/// <summary>Uploads a file that is full of what makes CSV hard, and enriches its rows.</summary>
internal sealed class EnrichmentPart : IDemoPart
{
    private readonly SampleApi _sample;
    private readonly IAnsiConsole _console;
    private readonly EnrichmentPlan _plan;
    private readonly EnrichmentCheck _check;

    public EnrichmentPart(SampleApi sample, IAnsiConsole console)
    {
        _sample = sample;
        _console = console;
        _plan = new EnrichmentPlan(sample.Address, Guid.NewGuid().ToString("N"));
        _check = new EnrichmentCheck(_plan);
    }

    public string Announcement =>
        $"Enriching {_plan.Rows.Count} rows of an awkward CSV: a time stamp, a score, and a lookup for each address.";

    public async Task<JobView> SubmitAsync(DemoClient client, CancellationToken stop)
    {
        var file = await client.UploadAsync(EnrichmentPlan.FileName, _plan.Csv, stop);
        _check.TakeFile(file);
        return await client.SubmitAsync("enrichment", _plan.Submission(file.GetProperty("id").GetString()!), stop);
    }

    public async Task<bool> CheckAsync(DemoClient client, JobView job, CancellationToken stop)
    {
        _check.TakeJob(job);
        await foreach (var line in client.ResultsAsync(job, stop))
            _check.TakeLine(line);
        _check.TakeRejects(await client.RejectsAsync(job, stop));
        _check.TakeLookups(_sample.Calls);
        _console.WriteLine();
        _console.Write(Outcomes());
        DemoSummary.Write(_console, job, _check.Differences);
        return _check.Differences.Count == 0;
    }

    private Table Outcomes()
    {
        var table = new Table().SimpleBorder();
        table.AddColumns("row", "has", "must come to");
        table.AddColumn(new TableColumn("as expected").RightAligned());
        foreach (var (number, row) in _plan.Rows.Index())
        {
            table.AddRow(
                $"{number + 1}",
                Markup.Escape(row.Shape),
                row.ErrorCode ?? "succeeded",
                DemoSummary.Share(_check.IsAsExpected(row) ? 1 : 0, 1)
            );
        }

        return table;
    }
}
