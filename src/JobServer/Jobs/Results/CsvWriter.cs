using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace JobServer.Jobs.Results;

/// <summary>Writes cells as RFC 4180 has it, in UTF-8, with CRLF at the end of a row.</summary>
/// <param name="keepFormulas">
/// False leads text that a spreadsheet would take for a formula with an apostrophe, as OWASP advises; a number, or a lone
/// sign, is no formula.
/// </param>
internal struct CsvWriter(IBufferWriter<byte> output, bool keepFormulas)
{
    private static readonly SearchValues<byte> Quoted = SearchValues.Create(",\"\r\n"u8);
    private static readonly SearchValues<byte> InNumbers = SearchValues.Create("0123456789.,eE+-%"u8);

    // How = + - and @ begin in their full-width forms, which spreadsheets take for the same.
    private static readonly byte[][] FullWidth = [.. "＝＋－＠".Select(sign => Encoding.UTF8.GetBytes([sign]))];

    private int _cells;
    private bool _isBlank = true;

    public void Text(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            Text(default(ReadOnlySpan<byte>));
            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Text(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
    }

    public void Text(ReadOnlySpan<byte> text)
    {
        Next(text.IsEmpty);
        var isFormula = !keepFormulas && IsFormula(text);
        if (text.IndexOfAny(Quoted) < 0)
        {
            if (isFormula)
                output.Write("'"u8);
            output.Write(text);
            return;
        }

        output.Write(isFormula ? "\"'"u8 : "\""u8);
        for (var quote = text.IndexOf((byte)'"'); quote >= 0; quote = text.IndexOf((byte)'"'))
        {
            output.Write(text[..(quote + 1)]);
            output.Write("\""u8);
            text = text[(quote + 1)..];
        }

        output.Write(text);
        output.Write("\""u8);
    }

    public void Number(int number)
    {
        Next(isBlank: false);
        Utf8Formatter.TryFormat(number, output.GetSpan(11), out var written);
        output.Advance(written);
    }

    /// <summary>A cell of ASCII that is neither quoted nor taken for a formula.</summary>
    public void Raw(string cell)
    {
        Next(isBlank: false);
        Encoding.ASCII.GetBytes(cell, output);
    }

    public void EndRow()
    {
        // A row of one empty cell would be a blank line, which readers skip.
        if (_isBlank && _cells == 1)
            output.Write("\"\""u8);
        output.Write("\r\n"u8);
        _cells = 0;
        _isBlank = true;
    }

    private void Next(bool isBlank)
    {
        if (_cells++ > 0)
            output.Write(","u8);
        _isBlank &= isBlank;
    }

    private static bool IsFormula(ReadOnlySpan<byte> text)
    {
        if (
            text.IsEmpty
            || !(
                text[0]
                is (byte)'='
                    or (byte)'+'
                    or (byte)'-'
                    or (byte)'@'
                    or (byte)'\t'
                    or (byte)'\r'
                    or (byte)'\n'
                    or 0xEF
            )
        )
            return false;
        if (text[0] == 0xEF)
            return IsFullWidth(text);
        var isSign = text[0] is (byte)'+' or (byte)'-';
        return !(isSign && (text.Length == 1 || IsNumber(text[1..])));
    }

    private static bool IsFullWidth(ReadOnlySpan<byte> text)
    {
        foreach (var sign in FullWidth)
        {
            if (text.StartsWith(sign))
                return true;
        }

        return false;
    }

    // Digits with separators, an exponent, a percent sign. Further signs stand after an e alone: 1+2 is a formula.
    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyExcept(InNumbers) || !(text[0] is >= (byte)'0' and <= (byte)'9' or (byte)'.'))
            return false;
        for (var i = 1; i < text.Length; i++)
        {
            var allowed = text[i] switch
            {
                (byte)'+' or (byte)'-' => text[i - 1] is (byte)'e' or (byte)'E',
                (byte)'e' or (byte)'E' => text[..i].IndexOfAny((byte)'e', (byte)'E') < 0,
                (byte)'%' => i == text.Length - 1,
                _ => true,
            };
            if (!allowed)
                return false;
        }

        return true;
    }
}
