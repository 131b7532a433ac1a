using System.ComponentModel.DataAnnotations;

namespace JobServer.Access;

/// <summary>Who may ask before any key was made.</summary>
internal sealed class AuthOptions
{
    public const string Section = "Auth";

    /// <summary>
    /// An admin key of the default tenant, without a rate limit: 32 to 512 printable ASCII characters without spaces.
    /// Default none; beside the embedded PostgreSQL one is made at the first start.
    /// </summary>
    [RegularExpression(
        "[!-~]{32,512}",
        ErrorMessage = "Auth:BootstrapKey must have 32 to 512 printable ASCII characters and no spaces."
    )]
    public string? BootstrapKey { get; set; }
}
