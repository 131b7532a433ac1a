using System.Globalization;
using System.Text.RegularExpressions;

namespace JobServer.Benchmarks.Queue;

/// <summary>A contender's process, and what it answers.</summary>
internal sealed partial class QueueProcess(ChildProcess process, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public async Task<QueueAnswer> AskAsync(string verb, int count, double pace, CancellationToken cancellationToken)
    {
        var command = string.Create(CultureInfo.InvariantCulture, $"{verb} {count} {pace}");
        await process.SendAsync(command, cancellationToken);
        var line = await process.ExpectAsync(AnyJson(), Limit, cancellationToken);
        var answer = QueueAnswer.Parse(line.Value);
        return answer.Error is null ? answer : throw new IncorrectException($"{name}, {command}: {answer.Error}");
    }

    public Task<QueueAnswer> AskAsync(string verb, int count, CancellationToken cancellationToken) =>
        AskAsync(verb, count, pace: 0, cancellationToken);

    public ValueTask DisposeAsync() => process.DisposeAsync();

    [GeneratedRegex(@"^\{.*\}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyJson();
}
