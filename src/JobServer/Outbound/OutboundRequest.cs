namespace JobServer.Outbound;

/// <summary>A GET of an absolute http or https URL.</summary>
/// <param name="Url">From <see cref="OutboundUrl.TryParse"/>.</param>
/// <param name="Headers">
/// Sent to the URL's own scheme, host and port only: a redirect elsewhere drops them all. Each passed
/// <see cref="RequestHeaders.Refusal"/>.
/// </param>
/// <param name="FollowRedirects">Whether a redirect is gone after, or is the answer. Default true.</param>
internal readonly record struct OutboundRequest(
    Uri Url,
    IReadOnlyList<KeyValuePair<string, string>>? Headers = null,
    bool FollowRedirects = true
);
