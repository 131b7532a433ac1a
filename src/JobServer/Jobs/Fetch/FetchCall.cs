using JobServer.Jobs.Calls;
using JobServer.Outbound;

namespace JobServer.Jobs.Fetch;

/// <summary>The call of one item.</summary>
internal sealed class FetchCall(CallLane lane, FetchItem item) : Call(lane, new Uri(item.Url), item.Headers)
{
    protected override CallOutcome Read(OutboundResponse response, ReadOnlySpan<byte> body) =>
        CallOutcome.Success(FetchValue.Write(item.Url, Url, response, body));
}
