using JobServer.Jobs.Calls;
using JobServer.Jobs.Enrichment.Steps;
using JobServer.Jobs.Input;
using JobServer.Outbound;

namespace JobServer.Jobs.Enrichment.Lookups;

/// <summary>The call of one lookup.</summary>
internal sealed class LookupCall(CallLane lane, LookupStep step, Uri url) : Call(lane, url, step.Headers)
{
    private const int ShownLength = 200;

    // A query may carry a key of the client's, so it is not shown.
    protected override string Callee =>
        $"The lookup {Printable.Cut(Url.GetLeftPart(UriPartial.Path), ShownLength)}{(Url.Query.Length > 0 ? "?…" : "")}";

    public async Task<LookupAnswer> RunAsync(CancellationToken cancellationToken)
    {
        var result = await StartAsync(cancellationToken) ?? await GoOnAsync(cancellationToken);
        if (result.Value is { } value)
            return LookupAnswer.Of(value);
        var detail = result.ErrorDetail!;
        if (!detail.StartsWith(Callee, StringComparison.Ordinal))
            detail = $"{Callee} failed: {detail}";
        return LookupAnswer.Failure(result.ErrorCode!, detail, result.ErrorHost);
    }

    protected override CallOutcome Read(OutboundResponse response, ReadOnlySpan<byte> body)
    {
        var answer = LookupBody.Select(step, body);
        if (answer.ErrorCode is { } code)
            return Failure(code, answer.ErrorDetail!);
        // A body can be selected more than once, as a whole each time.
        return answer.Value.Length > Settings.MaxBodyBytes
            ? Failure("body_too_large", $"What is selected has more than {Settings.MaxBodyBytes} bytes.")
            : CallOutcome.Success(answer.Value.ToArray());
    }

    private static CallOutcome Failure(string code, string detail) =>
        CallOutcome.Failure(new OutboundFault(code, detail, IsTransient: false, CountsAgainstHost: false));
}
