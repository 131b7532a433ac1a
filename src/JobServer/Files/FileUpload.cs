using System.IO.Pipelines;
using JobServer.Jobs.Submissions;
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
    /// <returns>The stored file, or what the claim of the request's key came to when that was known or taken.</returns>
    public async Task<(StoredFile? File, KeyClaim Claim)> ReceiveAsync(
        string tenant,
        PipeReader body,
        FileForm form,
        RepeatableRequest? request,
        CancellationToken cancellationToken
    )
    {
        await using var writer = files.Begin(tenant);
        var reading = new FileReading(form, options.Value);
        var file = await reading.ReadAsync(body, writer.WriteAsync, cancellationToken);
        return request is null
            ? (await writer.CompleteAsync(file, cancellationToken), default)
            : await writer.CompleteAsync(file, request.Key, request.Made(writer.Id), cancellationToken);
    }
}
