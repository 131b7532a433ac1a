using JobServer.Jobs.Input;

namespace JobServer.Tests.Jobs.Input;

public sealed class FaultsTests
{
    private readonly Faults _faults = new();

    [Fact]
    public void Faults_are_grouped_by_path_in_the_order_found()
    {
        _faults.Add("urls[3]", "first");
        _faults.Add("tags", "other");
        _faults.Add("urls[3]", "second");

        var errors = _faults.ToErrors();

        Assert.Equal(["urls[3]", "tags"], errors.Keys);
        Assert.Equal(["first", "second"], errors["urls[3]"]);
        Assert.True(_faults.Any);
    }

    [Fact]
    public void The_same_fault_counts_once()
    {
        _faults.Add("tags", "same");
        _faults.Add("tags", "same");

        Assert.Equal(1, _faults.Count);
    }

    [Fact]
    public void No_path_is_the_document()
    {
        _faults.Add("", "wrong");

        Assert.Equal(["$"], _faults.ToErrors().Keys);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(101, true)]
    public void Only_the_first_hundred_are_kept_and_the_rest_is_told(int added, bool more)
    {
        for (var index = 0; index < added; index++)
            _faults.Add($"urls[{index}]", "wrong");

        var errors = _faults.ToErrors();

        Assert.Equal(more, _faults.More);
        Assert.Equal(more, errors.ContainsKey(Faults.Document));
        Assert.Equal(100, errors.Count(error => error.Key != Faults.Document));
    }

    [Fact]
    public void The_note_on_more_faults_joins_those_of_the_document()
    {
        _faults.Add(Faults.Document, "own");
        for (var index = 0; index < 100; index++)
            _faults.Add($"urls[{index}]", "wrong");

        Assert.Equal(["own", "has more faults: only the first 100 are shown"], _faults.ToErrors()[Faults.Document]);
    }

    [Theory]
    [InlineData("a\r\nb", "a\\u000D\\u000Ab")]
    [InlineData("\u202Etxt.exe", "\\u202Etxt.exe")]
    [InlineData("zero\0", "zero\\u0000")]
    [InlineData("Zürich 東京 😀", "Zürich 東京 😀")]
    public void Text_of_a_client_is_made_visible(string text, string shown)
    {
        _faults.Add(text, text);

        var (path, messages) = Assert.Single(_faults.ToErrors());
        Assert.Equal(shown, path);
        Assert.Equal([shown], messages);
    }

    [Fact]
    public void Long_text_of_a_client_is_cut()
    {
        _faults.Add(new string('p', 10_000), new string('m', 10_000));

        var (path, messages) = Assert.Single(_faults.ToErrors());
        Assert.Equal(new string('p', 200) + "…", path);
        Assert.Equal(new string('m', 500) + "…", Assert.Single(messages));
    }
}
