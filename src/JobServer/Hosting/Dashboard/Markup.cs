using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace JobServer.Hosting.Dashboard;

/// <summary>Finished HTML, made of interpolated strings whose holes are encoded unless they are finished HTML too.</summary>
internal readonly struct Markup
{
    private readonly string? _html;

    private Markup(string html) => _html = html;

    /// <summary>The literal parts as they stand, all else encoded. Attribute values must be quoted.</summary>
    public static Markup Html(MarkupBuilder builder) => new(builder.ToString());

    /// <summary>One after the other.</summary>
    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts));

    public override string ToString() => _html ?? "";
}

/// <summary>Makes <see cref="Markup"/> of an interpolated string: what a client or a peer sent cannot become a tag.</summary>
[InterpolatedStringHandler]
internal readonly struct MarkupBuilder(int literalLength, int formattedCount)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new(literalLength + formattedCount * 16);

    public void AppendLiteral(string literal) => _html.Append(literal);

    public void AppendFormatted(Markup markup) => _html.Append(markup.ToString());

    public void AppendFormatted(string? text) => _html.Append(Encoder.Encode(text ?? ""));

    public void AppendFormatted<T>(T value, string? format = null)
        where T : struct, IFormattable => AppendFormatted(value.ToString(format, null));

    public override string ToString() => _html.ToString();
}
