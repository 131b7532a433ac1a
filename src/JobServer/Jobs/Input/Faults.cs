namespace JobServer.Jobs.Input;

/// <summary>
/// Everything wrong with one request, by the path of the field: <c>urls[3].headers.Host</c>,
/// <c>options.itemTimeout</c>, <c>$</c> for the document itself. The first <see cref="Limit"/> faults are kept.
/// </summary>
/// <remarks>A message continues its path: "must be from 1 to 1000". It never needs the reader to guess what to do.</remarks>
internal sealed class Faults
{
    public const int Limit = 100;
    public const string Document = "$";

    private const int PathLength = 200;
    private const int MessageLength = 500;

    private readonly OrderedDictionary<string, List<string>> _messages = new(StringComparer.Ordinal);

    public int Count { get; private set; }

    public bool Any => Count > 0;

    /// <summary>Whether faults beyond the limit were left out.</summary>
    public bool More { get; private set; }

    public void Add(string path, string message)
    {
        var place = path.Length == 0 ? Document : Printable.Cut(path, PathLength);
        var text = Printable.Cut(message, MessageLength);
        if (_messages.TryGetValue(place, out var known) && known.Contains(text, StringComparer.Ordinal))
            return;

        if (Count == Limit)
        {
            More = true;
            return;
        }

        Count++;
        if (known is null)
            _messages.Add(place, [text]);
        else
            known.Add(text);
    }

    /// <summary>The faults in the shape of the <c>errors</c> member of a problem, in the order they were found.</summary>
    public IReadOnlyDictionary<string, string[]> ToErrors()
    {
        var errors = new OrderedDictionary<string, string[]>(_messages.Count + 1, StringComparer.Ordinal);
        foreach (var (path, messages) in _messages)
            errors.Add(path, [.. messages]);

        if (More)
        {
            errors.TryGetValue(Document, out var own);
            errors[Document] = [.. own ?? [], $"has more faults: only the first {Limit} are shown"];
        }

        return errors;
    }
}
