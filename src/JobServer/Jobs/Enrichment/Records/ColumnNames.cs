namespace JobServer.Jobs.Enrichment.Records;

/// <summary>The names of columns in order, and what steps may do to them.</summary>
internal sealed class ColumnNames(IEnumerable<string> names)
{
    private readonly List<string> _names = [.. names];

    public IReadOnlyList<string> All => _names;

    public int IndexOf(string name) => _names.IndexOf(name);

    /// <summary>The place of a column, which is the last one if it is new.</summary>
    public int Put(string name)
    {
        var index = IndexOf(name);
        if (index >= 0)
            return index;
        _names.Add(name);
        return _names.Count - 1;
    }

    /// <summary>The place a column was dropped from; -1 if there was none.</summary>
    public int Drop(string name)
    {
        var index = IndexOf(name);
        if (index >= 0)
            _names.RemoveAt(index);
        return index;
    }

    /// <summary>
    /// Gives a column another name. The one that had it goes; the place it was dropped from, or -1. Nothing happens
    /// if there is no such column.
    /// </summary>
    public int Rename(string from, string to)
    {
        if (IndexOf(from) < 0)
            return -1;
        var dropped = Drop(to);
        _names[IndexOf(from)] = to;
        return dropped;
    }
}
