using System.IO.Pipelines;
using JobServer.Ledger;
using Microsoft.Extensions.Options;

namespace JobServer.Files;

/// <summary>
/// Stores one upload while it is read. Nothing of it is there unless all of it is: not of a file that is refused, not of
/// a body that breaks off, not of an upload the process did not survive.
/// </summary>
internal sealed class FileUpload(FileStore files, IOptions<UploadOptions> options)
{
    /// <inheritdoc cref="FileReading.ReadAsync" path="/exception"/>
    public async Task<StoredFile> ReceiveAsync(PipeReader body, FileForm form, CancellationToken cancellationToken)
    {
        await using var writer = files.Begin(JobKey.DefaultTenant);
        var reading = new FileReading(form, options.Value);
        var file = await reading.ReadAsync(body, writer.WriteAsync, cancellationToken);
        return await writer.CompleteAsync(file, cancellationToken);
    }
}
