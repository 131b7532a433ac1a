namespace JobServer.Outbound;

/// <summary>A chain of redirects did not end.</summary>
internal sealed class TooManyRedirectsException(int limit)
    : Exception(
        $"There were more than {limit} redirects ({OutboundOptions.Section}:{nameof(OutboundOptions.MaxRedirects)})."
    );

/// <summary>A body is larger than its reader takes.</summary>
internal sealed class BodyTooLargeException(long limit) : Exception($"The body has more than {limit} bytes.");
