namespace JobServer.Files.Csv;

/// <summary>
/// Makes column names of the cells of a header: they stay as they are, blanks included; the name of an empty one is
/// <c>column_N</c>, N its place from 1; a repeated one gets <c>_2</c>, <c>_3</c> and so on, the first that is free.
/// </summary>
internal static class CsvHeader
{
    public static string[] Name(IReadOnlyList<string> cells)
    {
        var given = cells.ToHashSet(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        // Where the search for a free name goes on, so that a thousand equal names are no million tries.
        var tried = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new string[cells.Count];
        for (var at = 0; at < names.Length; at++)
        {
            var name = cells[at];
            var isGiven = name.Length > 0;
            if (!isGiven)
                name = $"column_{at + 1}";
            // A name made up gives way to one that the file has.
            names[at] = taken.Contains(name) || (!isGiven && given.Contains(name)) ? Free(name) : name;
            taken.Add(names[at]);
        }

        return names;

        string Free(string name)
        {
            for (var number = tried.GetValueOrDefault(name, 2); ; number++)
            {
                var free = $"{name}_{number}";
                if (taken.Contains(free) || given.Contains(free))
                    continue;
                tried[name] = number + 1;
                return free;
            }
        }
    }
}
