using System.Globalization;

namespace JobServer.Jobs.Enrichment.Steps;

/// <summary>Writes the time as JSON text, in UTC with milliseconds; at most once in each of them.</summary>
internal sealed class Clock(TimeProvider time)
{
    private readonly byte[] _text = new byte["\"0000-00-00T00:00:00.000Z\"".Length];
    private long _millisecond = -1;

    public ReadOnlySpan<byte> Now()
    {
        var now = time.GetUtcNow().UtcDateTime;
        var millisecond = now.Ticks / TimeSpan.TicksPerMillisecond;
        if (millisecond != _millisecond)
        {
            now.TryFormat(_text, out _, "\\\"yyyy-MM-ddTHH:mm:ss.fffZ\\\"", CultureInfo.InvariantCulture);
            _millisecond = millisecond;
        }

        return _text;
    }
}
