using JobServer.Jobs.Calls;
using JobServer.Jobs.Submissions;

namespace JobServer.Jobs.Fetch;

/// <summary>
/// The body of a submission as the API's description shows it. It is read as a stream: see <see cref="FetchItemReader"/>
/// and <see cref="CallSettings"/>.
/// </summary>
/// <param name="Urls">Each a URL, or an object with <c>url</c> and perhaps <c>key</c> and <c>headers</c>.</param>
/// <param name="Options">Left out: defaults.</param>
internal sealed record FetchSubmission(IReadOnlyList<FetchUrl> Urls, CallSettings? Options = null) : EnvelopeBody;

/// <summary>One URL with a key and headers of its own.</summary>
/// <param name="Key">What results call it; the URL when left out.</param>
internal sealed record FetchUrl(Uri Url, string? Key = null, IReadOnlyDictionary<string, string>? Headers = null);
