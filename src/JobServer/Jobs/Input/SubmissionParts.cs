using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace JobServer.Jobs.Input;

/// <summary>Decides what each part of a submission means: an item, a member to keep, or a fault.</summary>
internal sealed class SubmissionParts(
    string list,
    int chunkSize,
    IItemReader items,
    Faults faults,
    SubmissionLimits limits
) : IDisposable
{
    private readonly Splitter _splitter = new(limits.MaxNameBytes, limits.MaxMemberBytes, limits.MaxItemBytes);
    private readonly ItemChunker _chunker = new(items, list, chunkSize, faults);
    private readonly Envelope _envelope = new(limits.MaxEnvelopeBytes);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private byte[] _rawName = [];
    private string _name = "";
    private bool _inList;

    /// <summary>Whether there is no way on, or no use in it.</summary>
    public bool Stopped { get; private set; }

    public int ItemCount => _chunker.ItemCount;

    public JsonElement Members => _envelope.ToElement(limits.MaxDepth);

    public void Take(ReadOnlySpan<byte> piece)
    {
        var at = 0;
        while (!Stopped)
        {
            var part = _splitter.Next(piece, ref at, out var text);
            if (part == Part.None)
                return;

            Take(part, text);
            Stopped |= faults.More;
        }
    }

    /// <summary>Says that the body has ended.</summary>
    public void Finish()
    {
        if (Stopped)
            return;

        _splitter.Finish();
        if (_splitter.AtStart)
            Stop(Faults.Document, "is empty; send a JSON object");
        else if (!_splitter.AtEnd)
            Stop(Faults.Document, $"ends too early, at {_splitter.Position}, before {_splitter.Expected}");
        else if (!_names.Contains(list))
            faults.Add(list, "is required, a list with at least one item");
        else
            _chunker.Finish();
    }

    public bool TryTakeChunk([NotNullWhen(true)] out ItemChunk? chunk) => _chunker.TryTake(out chunk);

    public void Dispose() => _chunker.Dispose();

    private string At => $"at {_splitter.Position}";

    private void Take(Part part, ReadOnlySpan<byte> text)
    {
        switch (part)
        {
            case Part.Name:
                TakeName(text);
                break;
            case Part.Member:
                TakeMember(text);
                break;
            case Part.ItemsStart:
                _inList = true;
                break;
            case Part.Item or Part.TooLong when _inList && ItemCount == limits.MaxItems:
                Stop(list, $"holds more than {limits.MaxItems} items; split it into several jobs");
                break;
            case Part.Item:
                TakeItem(text);
                break;
            case Part.TooLong when _inList:
                _chunker.Next().Add($"is larger than {limits.MaxItemBytes} bytes, the limit of one item");
                break;
            case Part.ItemsEnd:
                _inList = false;
                if (ItemCount == 0)
                    faults.Add(list, "must hold at least one item");
                break;
            case Part.NotAList:
                faults.Add(list, "must be a list with at least one item");
                break;
            case Part.TooLong:
                faults.Add(_name, $"is larger than {limits.MaxMemberBytes} bytes, the limit of one member");
                break;
            case Part.NameTooLong:
                Stop(Faults.Document, $"has a member name longer than {limits.MaxNameBytes} bytes, {At}");
                break;
            case Part.Malformed when _splitter.AtStart:
                Stop(Faults.Document, $"must be {_splitter.Expected}; something else stands {At}");
                break;
            case Part.Malformed when _splitter.AtEnd:
                Stop(Faults.Document, $"goes on after the end of the JSON object, {At}");
                break;
            case Part.Malformed:
                Stop(Faults.Document, $"is not well-formed JSON: {_splitter.Expected} should stand {At}");
                break;
        }
    }

    private void TakeName(ReadOnlySpan<byte> text)
    {
        if (!IsSound(text, 0, Faults.Document))
        {
            _splitter.SkipValue();
            return;
        }

        _rawName = text.ToArray();
        _name = JsonText.Decode(text);
        if (!_names.Add(_name))
        {
            faults.Add(_name, "is given more than once");
            _splitter.SkipValue();
        }
        else if (_name == list)
            _splitter.SplitValue();
    }

    private void TakeMember(ReadOnlySpan<byte> text)
    {
        if (IsSound(text, limits.MaxDepth - 1, _name) && !_envelope.TryAdd(_rawName, text))
            faults.Add(
                Faults.Document,
                $"has more than {limits.MaxEnvelopeBytes} bytes beside {list}; leave out what is not needed"
            );
    }

    private void TakeItem(ReadOnlySpan<byte> text)
    {
        var at = _splitter.Position;
        switch (ValueCheck.Find(text, limits.MaxDepth - 2, ref at))
        {
            case ValueFlaw.None:
                _chunker.Add(text);
                break;
            case var flaw:
                Refuse(flaw, at, _chunker.Next().Path);
                break;
        }
    }

    private bool IsSound(ReadOnlySpan<byte> text, int maxLevels, string path)
    {
        var at = _splitter.Position;
        var flaw = ValueCheck.Find(text, maxLevels, ref at);
        if (flaw != ValueFlaw.None)
            Refuse(flaw, at, path);
        return flaw == ValueFlaw.None;
    }

    private void Refuse(ValueFlaw flaw, TextPosition at, string path)
    {
        switch (flaw)
        {
            case ValueFlaw.Malformed:
                Stop(
                    Faults.Document,
                    $"is not well-formed JSON at {at}; comments, trailing commas and single quotes are not JSON either"
                );
                break;
            case ValueFlaw.TooDeep:
                faults.Add(path, $"makes the document deeper than {limits.MaxDepth} levels of lists and objects");
                break;
            default:
                faults.Add(path, "holds text that is not Unicode (UTF-8, surrogate escapes only in pairs)");
                break;
        }
    }

    private void Stop(string path, string message)
    {
        faults.Add(path, message);
        Stopped = true;
    }
}
