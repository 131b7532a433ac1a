using JobServer.Jobs.Input;
using JobServer.Jobs.Results;

namespace JobServer.Jobs;

/// <summary>Which items of a finished job are to be repeated; left empty, all that did not succeed.</summary>
/// <param name="State">succeeded, failed or not_run.</param>
/// <param name="ErrorCode">Only those that failed with this code.</param>
/// <param name="Host">Only those that failed at this host, as the job's errors name it.</param>
internal sealed record RetrySelection(string? State = null, string? ErrorCode = null, string? Host = null)
{
    public static readonly RetrySelection Unsuccessful = new();

    private const int MaxTextLength = 300;
    private static readonly string[] States = [ResultLine.Succeeded, ResultLine.Failed, ResultLine.NotRun];

    /// <summary>The only state of the items selected, where there is one.</summary>
    public string? OnlyState => ErrorCode is null && Host is null ? State : ResultLine.Failed;

    public bool Selects(in ResultLine line) =>
        (OnlyState is { } state ? line.State == state : line.State != ResultLine.Succeeded)
        && (ErrorCode is null || line.ErrorCode == ErrorCode)
        && (Host is null || line.ErrorHost == Host);

    /// <summary>Reads it; what is wrong with it goes to the faults.</summary>
    public static RetrySelection Read(Fields fields)
    {
        string? state = fields.Choice("state", "", States);
        var selection = new RetrySelection(
            state.Length == 0 ? null : state,
            fields.OptionalText("errorCode", 1, MaxTextLength),
            fields.OptionalText("host", 1, MaxTextLength)
        );
        if (selection.State is { } given && given != selection.OnlyState)
            fields.Refuse(
                "state",
                "must be failed, or left out, beside errorCode or host: only failed items have them"
            );
        fields.Done();
        return selection;
    }
}
