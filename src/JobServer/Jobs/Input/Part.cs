namespace JobServer.Jobs.Input;

/// <summary>What <see cref="Splitter"/> finds.</summary>
internal enum Part
{
    /// <summary>This piece is used up.</summary>
    None,
    Name,
    Member,
    ItemsStart,
    Item,
    ItemsEnd,

    /// <summary>The value of the member to split is no list; it is skipped.</summary>
    NotAList,

    /// <summary>The value of a member, or an item, passed its limit; it is skipped.</summary>
    TooLong,

    /// <summary>No way on.</summary>
    NameTooLong,

    /// <summary>No way on: see <see cref="Splitter.Position"/> and <see cref="Splitter.Expected"/>.</summary>
    Malformed,
}
