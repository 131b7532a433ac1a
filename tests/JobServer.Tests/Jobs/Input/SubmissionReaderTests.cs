using System.IO.Pipelines;
using System.Text;
using JobServer.Jobs.Input;
using Microsoft.AspNetCore.Http;

namespace JobServer.Tests.Jobs.Input;

public sealed class SubmissionReaderTests
{
    [Fact]
    public async Task Items_go_out_in_chunks_of_which_the_last_is_shorter()
    {
        var read = await Submitted.ReadAsync("""{ "urls": ["http://a", "http://b" , "http://c"] }""");

        Assert.Equal(["""["http://a","http://b"]""", """["http://c"]"""], read.Inputs);
        Assert.Equal(
            [(0, 0, 2), (1, 2, 1)],
            read.Chunks.Select(chunk => (chunk.ChunkNo, chunk.FirstSeq, chunk.ItemCount))
        );
        Assert.Equal(3, read.ItemCount);
        Assert.True(read.ReadToEnd);
        Assert.Empty(read.Faults);
    }

    [Theory]
    [InlineData("""{"urls":["http://a"],"options":{"concurrency":1},"tags":[]}""")]
    [InlineData("""{"options":{"concurrency":1},"urls":["http://a"],"tags":[]}""")]
    [InlineData("""{"options":{"concurrency":1},"tags":[],"urls":["http://a"]}""")]
    [InlineData("""{"options":{"concurrency":1},"tags":[],"\u0075r\u006cs":["http:\/\/a"]}""")]
    public async Task Members_come_in_any_order(string body)
    {
        var read = await Submitted.ReadAsync(body);

        Assert.Equal(["""["http://a"]"""], read.Inputs);
        Assert.Equal("""{"options":{"concurrency":1},"tags":[]}""", read.Members.GetRawText());
    }

    [Fact]
    public async Task Members_are_read_with_their_escapes_and_spaces()
    {
        var read = await Submitted.ReadAsync("""{"urls":["http://a"], "t\u0061gs" : [ "\u00e4" , 1e5 ], "a":null}""");

        Assert.Equal("ä", read.Members.GetProperty("tags")[0].GetString());
        Assert.Equal("null", read.Members.GetProperty("a").GetRawText());
    }

    [Fact]
    public async Task A_byte_order_mark_is_accepted()
    {
        var read = await Submitted.ReadAsync([0xEF, 0xBB, 0xBF, .. """{"urls":["http://a"]}"""u8]);

        Assert.Empty(read.Faults);
        Assert.Single(read.Chunks);
    }

    [Fact]
    public async Task Chunks_read_before_the_first_fault_go_out_and_none_after_it()
    {
        var read = await Submitted.ReadAsync(
            """{"urls":["http://a","http://b","http://c",7,"http://e","http://f","ftp://g"],"tags":[]}"""
        );

        Assert.Equal(["""["http://a","http://b"]"""], read.Inputs);
        Assert.Equal(7, read.ItemCount);
        Assert.Equal(["urls[3]", "urls[6]"], read.Errors.Keys);
        Assert.True(read.ReadToEnd);
        Assert.Equal("""{"tags":[]}""", read.Members.GetRawText());
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_read()
    {
        var body = """{"urls":["http://a"]}"""u8.ToArray();

        var read = await Submitted.ReadAsync(body, new SubmissionLimits { MaxBodyBytes = body.Length });

        Assert.Empty(read.Faults);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task A_body_over_the_limit_throws(int readSize)
    {
        var body = """{"urls":["http://a"]}"""u8.ToArray();
        var limits = new SubmissionLimits { MaxBodyBytes = body.Length - 1 };

        var thrown = await Assert.ThrowsAsync<RequestTooLargeException>(() =>
            Submitted.ReadAsync(Submitted.InReads(body, () => readSize), limits)
        );

        Assert.Equal(body.Length - 1, thrown.MaxBytes);
    }

    [Fact]
    public async Task What_the_transport_throws_passes_through()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("""{"urls":["""u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync(new BadHttpRequestException("The client went away."));

        await Assert.ThrowsAsync<BadHttpRequestException>(() => Submitted.ReadAsync(pipe.Reader));
    }

    [Fact]
    public async Task A_cancelled_read_ends_the_reading()
    {
        var reader = new SubmissionReader("urls", 2, Submitted.Urls, new Faults(), SubmissionLimits.Default);
        using var cancellation = new CancellationTokenSource();
        await using var chunks = reader
            .ReadAsync(new Pipe().Reader, cancellation.Token)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);

        var next = chunks.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task The_pipe_is_left_usable_when_the_caller_stops_early()
    {
        var pipe = PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes("""{"urls":["http://a","http://b"]}""")));
        var reader = new SubmissionReader("urls", 1, Submitted.Urls, new Faults(), SubmissionLimits.Default);

        await foreach (var _ in reader.ReadAsync(pipe, TestContext.Current.CancellationToken))
            break;

        var rest = await pipe.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(rest.IsCompleted);
    }
}
