using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JobServer.IntegrationTests.Fixtures;

namespace JobServer.IntegrationTests.Files;

/// <summary>What tests ask of <c>/v1/files</c>.</summary>
internal static class FileClient
{
    public static Task<HttpResponseMessage> UploadAsync(
        this HttpClient http,
        string text,
        string? type,
        string query,
        CancellationToken cancellationToken
    ) => http.UploadAsync(Encoding.UTF8.GetBytes(text), type, query, cancellationToken);

    public static async Task<HttpResponseMessage> UploadAsync(
        this HttpClient http,
        byte[] body,
        string? type,
        string query,
        CancellationToken cancellationToken,
        string? contentEncoding = null
    )
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (contentEncoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", contentEncoding);
        return await http.PostAsync($"/v1/files{query}", content, cancellationToken);
    }

    /// <summary>The upload must be accepted; gives the file as it is shown on its own.</summary>
    public static async Task<JsonElement> StoreAsync(
        this HttpClient http,
        string text,
        string? type,
        string query,
        CancellationToken cancellationToken
    )
    {
        using var response = await http.UploadAsync(text, type, query, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Created, body);
        return await http.GetFromJsonAsync<JsonElement>(response.Headers.Location, cancellationToken);
    }

    /// <summary>A CSV of about so many bytes, row by row, never held whole.</summary>
    public static StreamedContent LargeCsv(long bytes, Func<long, CancellationToken, Task>? after = null)
    {
        var content = new StreamedContent(
            async (body, cancel) =>
            {
                await body.WriteAsync("id,name,note\n"u8.ToArray(), cancel);
                var rows = new StringBuilder();
                for (long sent = 0, n = 0; sent < bytes; sent += rows.Length, rows.Clear())
                {
                    while (rows.Length < 1 << 16)
                        rows.Append(n++).Append(",Ann Example,\"a note, like others\"\n");
                    await body.WriteAsync(Encoding.UTF8.GetBytes(rows.ToString()), cancel);
                    if (after is not null)
                        await after(sent + rows.Length, cancel);
                }
            }
        );
        content.Headers.ContentType = new("text/csv");
        return content;
    }

    public static byte[] Gzip(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>Files and pieces that are there.</summary>
    public static Task<string> CountFilesAsync(this TestDatabase database, CancellationToken cancellationToken) =>
        database.QueryAsync<string>(
            "select concat_ws(' ', (select count(*) from jobserver.files), (select count(*) from jobserver.file_pieces))",
            cancellationToken
        );
}
