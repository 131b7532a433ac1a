using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components;

namespace JobServer.Jobs.Benchmark.Report.Page;

/// <summary>The one style sheet of the page, and the policy that lets nothing but it in.</summary>
internal static class Stylesheet
{
    private static readonly string Text = Read();

    public static MarkupString Element { get; } = new($"<style>{Text}</style>");

    /// <summary>The value of <c>Content-Security-Policy</c>.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static string Read()
    {
        using var stream = typeof(Stylesheet).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
