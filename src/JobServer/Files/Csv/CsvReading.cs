using System.Text;
using JobServer.Jobs.Input;
using Sylvan.Data.Csv;

namespace JobServer.Files.Csv;

/// <summary>Reads a CSV: its header, then every row as a record.</summary>
/// <remarks>
/// <para>
/// Rows end with CRLF, LF or CR. Cells may be in double quotes as RFC 4180 has them: a quote inside is doubled, and
/// delimiters and line breaks inside are kept as they are. A quote inside of a cell that does not begin with one is a
/// character like others. No blank is ever trimmed, no line is a comment.
/// </para>
/// <para>
/// The first row is the header (<see cref="CsvHeader"/>); a file must have one, and may have nothing else. Blank lines
/// are skipped, also in a file of one column: there <c>""</c> is an empty cell, a blank line is nothing.
/// </para>
/// <para>
/// A row with fewer or more cells than the header is a faulty record, <c>ragged_row</c>. A quote that is not closed, text
/// after a closing quote, bytes that are no text, a cell, a row or a header that passes its limit: there is no way on.
/// </para>
/// <para>Rows are counted as a spreadsheet does: the header is row 1, blank lines count, a row of several lines is one.</para>
/// </remarks>
internal sealed class CsvReading(
    UploadText text,
    bool codingIsSaid,
    char delimiter,
    PieceBuilder pieces,
    UploadOptions limits
)
{
    /// <summary>Bytes of one column's name.</summary>
    public const int MaxNameBytes = 1024;

    private long _row;

    /// <summary>Final names; empty before the header was read.</summary>
    public string[] Columns { get; private set; } = [];

    /// <summary>Cells of the longest row, the header included.</summary>
    public int Widest { get; private set; }

    /// <exception cref="BrokenFileException">There is no way on; the rows before are with the pieces.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadRowsAsync(cancellationToken);
        }
        catch (CsvRecordTooLargeException)
        {
            throw new BrokenFileException(
                $"Row {_row + 1} is larger than {limits.MaxRecordBytes} bytes, the limit of one record. Is a quote in it "
                    + "opened and never closed?",
                _row + 1
            );
        }
        catch (UndecodableException fault)
        {
            throw new BrokenFileException($"Row {_row + 1} {fault.Message}", _row + 1)
            {
                // Nobody said that it is; one who did not know must not lose all of the file from its first umlaut on.
                Always = !codingIsSaid,
            };
        }
        catch (CsvFormatException fault)
        {
            var column = fault.FieldOrdinal + 1;
            throw new BrokenFileException(
                $"Row {_row + 1}, {Place(column)}: the quoted cell has no proper end. A quote inside of a cell must be "
                    + "doubled, and after the closing quote only a delimiter or the end of the line may follow.",
                _row + 1,
                column: column
            );
        }
    }

    private async Task ReadRowsAsync(CancellationToken cancellationToken)
    {
        await using var rows = await CsvDataReader.CreateAsync(text, Settings(), cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            _row++;
            if (rows.RowFieldCount == 1 && rows.GetRawRecordSpan().TrimEnd("\r\n").IsEmpty)
                continue;
            Widest = Math.Max(Widest, rows.RowFieldCount);
            if (Columns.Length == 0)
                Columns = ReadHeader(rows);
            else if (TakeRow(rows))
                await pieces.SpillAsync(cancellationToken);
        }

        if (Columns.Length == 0)
            throw new BrokenFileException("The file has no header: all of its lines are blank.") { Always = true };
    }

    private CsvDataReaderOptions Settings() =>
        new()
        {
            HasHeaders = false,
            Delimiter = delimiter,
            ResultSetMode = ResultSetMode.SingleResult,
            // There is always a mark for comments: half of a pair of surrogates is one that begins no row.
            Comment = '\uDFFF',
            BufferSize = Math.Min(64 << 10, limits.MaxRecordBytes),
            // In characters, of which none has less than a byte.
            MaxBufferSize = limits.MaxRecordBytes,
            OwnsReader = false,
        };

    private string[] ReadHeader(CsvDataReader row)
    {
        if (row.RowFieldCount > limits.MaxColumns)
            throw Refused($"The header has {row.RowFieldCount} columns; at most {limits.MaxColumns} are accepted.");
        var cells = new string[row.RowFieldCount];
        for (var at = 0; at < cells.Length; at++)
        {
            cells[at] = row.GetFieldSpan(at).ToString();
            if (Encoding.UTF8.GetByteCount(cells[at]) > MaxNameBytes)
                throw Refused($"The name of column {at + 1} is longer than {MaxNameBytes} bytes.", at + 1);
            if (cells[at].Contains('\0'))
                throw Refused($"The name of column {at + 1} holds the character U+0000.", at + 1);
        }

        return CsvHeader.Name(cells);

        BrokenFileException Refused(string detail, int? column = null) =>
            new($"{detail} Is the first row the header?", _row, column: column) { Always = true };
    }

    /// <summary>True when a piece must be spilled.</summary>
    private bool TakeRow(CsvDataReader row)
    {
        var cells = row.RowFieldCount;
        if (cells == Columns.Length)
        {
            WriteCells(row, cells);
            return pieces.EndRecord();
        }

        if (cells > limits.MaxColumns)
            throw Broken($"Row {_row} has {cells} cells; at most {limits.MaxColumns} are accepted.");
        pieces.BeginFaulty(
            "ragged_row",
            $"Row {_row} has {cells} {(cells == 1 ? "cell" : "cells")}; the header has {Columns.Length}."
        );
        WriteCells(row, cells);
        return pieces.EndFaulty();
    }

    private void WriteCells(CsvDataReader row, int cells)
    {
        for (var at = 0; at < cells; at++)
        {
            pieces.Write(at == 0 ? "["u8 : ","u8);
            var before = pieces.Record.Length;
            pieces.WriteText(row.GetFieldSpan(at));
            if (pieces.Record.Length - before > limits.MaxCellBytes)
            {
                throw Broken(
                    $"Row {_row}, {Place(at + 1)}: the cell is larger than {limits.MaxCellBytes} bytes, the limit of one cell.",
                    at + 1
                );
            }
        }

        pieces.Write("]"u8);
        if (pieces.Record.Length > limits.MaxRecordBytes)
            throw Broken($"Row {_row} is larger than {limits.MaxRecordBytes} bytes, the limit of one record.");
    }

    private string Place(int column) =>
        column <= Columns.Length ? $"column {column} ({Printable.Cut(Columns[column - 1], 100)})" : $"column {column}";

    private BrokenFileException Broken(string detail, int? column = null) => new(detail, _row, column: column);
}
