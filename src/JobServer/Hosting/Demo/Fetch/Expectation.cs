using System.Text.Json;

namespace JobServer.Hosting.Demo.Fetch;

/// <summary>What an item must come to.</summary>
/// <param name="ErrorCode">Null when it must succeed.</param>
/// <param name="Attempts">Attempts it must have cost.</param>
/// <param name="Holds">Whether the recorded value is what the page served.</param>
internal sealed record Expectation(string? ErrorCode, int Attempts, Func<JsonElement, bool>? Holds = null)
{
    public static Expectation Success(Func<JsonElement, bool> holds, int attempts = 1) => new(null, attempts, holds);

    public static Expectation Failure(string code, int attempts = 1) => new(code, attempts);

    /// <summary>What of a result line is not as expected, or null.</summary>
    public string? Difference(JsonElement line)
    {
        var code = line.GetProperty("error") is { ValueKind: JsonValueKind.Object } error
            ? error.GetProperty("code").GetString()
            : null;
        var attempts = line.GetProperty("attempts").GetInt32();
        if (code != ErrorCode || attempts != Attempts)
            return $"expected {this}, saw {Describe(code, attempts)}";
        return Holds?.Invoke(line.GetProperty("value")) == false ? "its value is not what the page served" : null;
    }

    public override string ToString() => Describe(ErrorCode, Attempts);

    private static string Describe(string? code, int attempts) =>
        attempts == 1 ? code ?? "succeeded" : $"{code ?? "succeeded"}, attempt {attempts}";
}
