using JobServer.Jobs.Input;
using JobServer.Ledger;

namespace JobServer.Jobs.Enrichment;

/// <summary>Finds what a submission wants its records from.</summary>
internal sealed class EnrichmentInputs(RecordStores stores, JobKinds kinds)
{
    /// <summary>What was found; null, with faults, when it cannot be read from.</summary>
    public async Task<InputShape?> FindAsync(
        EnrichmentSubmission submission,
        string tenant,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        var input = submission.Settings.Input;
        if (submission.Records is { } records)
        {
            var file = new InputFile(TimeOrderedId.Next(), Name: null, records.Count);
            return new InputShape(records.Columns, Widest: 0, records.Count, [file], FromJob: null);
        }

        return input.FromJob is { } job
            ? await FindJobAsync(new JobKey(tenant, job), faults, cancellationToken)
            : await FindFilesAsync(submission.Settings, tenant, faults, cancellationToken);
    }

    private async Task<InputShape?> FindFilesAsync(
        EnrichmentSettings settings,
        string tenant,
        Faults faults,
        CancellationToken cancellationToken
    )
    {
        var ids = settings.Input.Files;
        var found = await stores.Files.FindAllAsync(tenant, ids, cancellationToken);
        var files = found.ToDictionary(file => file.Id);
        foreach (var missing in ids.Where(id => !files.ContainsKey(id)))
            faults.Add("input", $"names the file {missing}, which does not exist; upload it with POST /v1/files");
        if (faults.Any)
            return null;
        if (found.Sum(file => (long)file.Records) is 0 or > int.MaxValue)
        {
            faults.Add("input", $"must have 1 to {int.MaxValue} records in all");
            return null;
        }

        var shape = InputShape.OfFiles([.. ids.Select(id => files[id])]);
        // Records of other formats may have any member.
        if (found.All(file => file.Format == StoredFile.Csv))
            StepColumns.Check(shape.Columns, settings.Steps, faults);
        return faults.Any ? null : shape;
    }

    private async Task<InputShape?> FindJobAsync(JobKey key, Faults faults, CancellationToken cancellationToken)
    {
        var job = await stores.Jobs.FindAsync(key, cancellationToken);
        if (job is null)
            faults.Add("input.fromJob", $"names the job {key.Id}, which does not exist");
        else if (!job.State.IsFinished())
            faults.Add("input.fromJob", $"names a job that is {job.State.ToText()}; wait until it has ended");
        if (faults.Any)
            return null;
        var columns = kinds.Get(job!.Kind) switch
        {
            IBatchKind kind => kind.ColumnsOf(job).Values,
            var kind => ((IItemKind)kind).Columns,
        };
        return new InputShape(columns, Widest: 0, job.Total, Files: [], key.Id);
    }
}
