using System.Globalization;

namespace JobServer.EmbeddedPostgres;

/// <summary>The account PostgreSQL runs under when JobServer is root, because PostgreSQL refuses to be root.</summary>
internal sealed record ServiceAccount(string Name, int Uid, int Gid, IReadOnlyList<string> Prefix)
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>Null when this process is not root and PostgreSQL runs under its own account.</summary>
    public static ServiceAccount? ForThisProcess()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var accounts = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length > 3);
        var account = Candidates
            .Join(accounts, name => name, fields => fields[0], (_, fields) => fields)
            .FirstOrDefault();
        if (account is null || SwitchTo(account) is not { } prefix)
        {
            throw new PostgresStartException(
                "As root, the private PostgreSQL needs an account named postgres or nobody, and setpriv or runuser (of "
                    + "util-linux) to change to it. Start JobServer as an ordinary user, or set ConnectionStrings:JobServer."
            );
        }

        return new ServiceAccount(account[0], Number(account[2]), Number(account[3]), prefix);
    }

    /// <summary>Gives a file or a whole folder to the account.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken) =>
        (await Command.RunAsync(["chown", "-hR", $"{Uid}:{Gid}", path], "/", cancellationToken)).ThrowIfFailed();

    /// <summary>Whether the account reaches a file through all the folders above it, and may run or enter it.</summary>
    public async Task<bool> ReachesAsync(string path, CancellationToken cancellationToken) =>
        (await Command.RunAsync([.. Prefix, "test", "-x", path], "/", cancellationToken)).ExitCode == 0;

    private static string[]? SwitchTo(string[] account)
    {
        if (Programs.Locate("setpriv") is { } setpriv)
        {
            return [setpriv, $"--reuid={account[2]}", $"--regid={account[3]}", "--clear-groups", "--"];
        }

        return Programs.Locate("runuser") is { } runuser ? [runuser, "-u", account[0], "--"] : null;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
