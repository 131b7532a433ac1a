using System.Text;

namespace JobServer.Benchmarks.Targets;

/// <summary>The pages of a run, and the list of distinct URLs that ask for them in turn.</summary>
internal sealed class PageSet
{
    public const int PageCount = 100;

    private readonly Page[] _pages;

    /// <param name="folder">Where the pages are written for the target server.</param>
    /// <param name="seed">The same seed makes the same pages.</param>
    public PageSet(string folder, int seed)
    {
        var random = new Random(seed);
        _pages = [.. Enumerable.Range(0, PageCount).Select(id => Page.Create(id, random))];
        Folder = Directory.CreateDirectory(folder).FullName;
        foreach (var page in _pages)
        {
            File.WriteAllBytes(Path.Combine(Folder, page.FileName), page.Body);
        }
    }

    public string Folder { get; }

    public string BodyBytes => $"{_pages.Min(page => page.Body.Length)}-{_pages.Max(page => page.Body.Length)}";

    public string FirstFileName => _pages[0].FileName;

    public Page PageOf(int seq) => _pages[seq % _pages.Length];

    public Uri UrlOf(Uri target, int seq) => new(target, $"{PageOf(seq).FileName}?n={seq}");

    /// <summary>Writes URL, length and id of each item, a tab between them, a line each: what a child needs to fetch and check.</summary>
    /// <param name="seqs">The items, as <see cref="UrlOf"/> numbers them; one may come again and again.</param>
    public void WriteManifest(string file, Uri target, IEnumerable<int> seqs)
    {
        using var lines = new StreamWriter(file, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        foreach (var seq in seqs)
        {
            var page = PageOf(seq);
            lines.WriteLine($"{UrlOf(target, seq)}\t{page.Body.Length}\t{page.Id}");
        }
    }
}
