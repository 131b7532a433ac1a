using System.IO.Pipelines;
using System.Text;
using JobServer.Files;
using JobServer.Tests.Jobs.Input;

namespace JobServer.Tests.Files;

public sealed class UploadTextTests
{
    private const string Text = "a😀é日😀😀b";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Text_is_whole_however_little_room_there_is(int room)
    {
        foreach (var (coding, encoding) in Codings())
        {
            var body = encoding.GetBytes(Text);
            foreach (var size in new[] { 1, 3, 100 })
                Assert.Equal(Text, await ReadAsync(Submitted.InReads(body, () => size), coding, room));
        }
    }

    private static IEnumerable<(TextCoding Coding, Encoding Encoding)> Codings() =>
        [
            (TextCoding.Utf8, Encoding.UTF8),
            (TextCoding.Utf16Le, Encoding.Unicode),
            (TextCoding.Utf16Be, Encoding.BigEndianUnicode),
        ];

    private static async Task<string> ReadAsync(PipeReader body, TextCoding coding, int room)
    {
        await using var bytes = await UploadBytes.BeginAsync(body, gzip: false, new UploadOptions(), Cancel);
        using var text = new UploadText(bytes, coding, Cancel);
        var read = new StringBuilder();
        var buffer = new char[room];
        for (int count; (count = await text.ReadAsync(buffer, Cancel)) > 0; )
            read.Append(buffer, 0, count);
        return read.ToString();
    }
}
