using Microsoft.Net.Http.Headers;

namespace JobServer.Hosting;

/// <summary>Chooses what an answer is written as.</summary>
internal static class MediaTypes
{
    /// <summary>The one that an Accept header likes best; the first without such a header, null where it takes none of them.</summary>
    public static T? Choose<T>(
        IList<MediaTypeHeaderValue> accept,
        IReadOnlyList<T> offered,
        Func<T, string> contentType
    )
        where T : class
    {
        if (accept.Count == 0)
            return offered[0];
        var wanted = accept.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1);
        return wanted
            // Parameters such as charset=utf-8 ask for nothing that is not given.
            .Select(type => offered.FirstOrDefault(candidate => type.MatchesMediaType(contentType(candidate))))
            .FirstOrDefault(candidate => candidate is not null);
    }
}
