using System.Buffers;
using System.Text.Json;

namespace NexusCart.Sidecar.Actors;

/// <summary>What the app gets with a timer or reminder. The .NET SDK reads the times only as it wrote them, or empty.</summary>
internal static class CallbackBody
{
    private static readonly JsonEncodedText Callback = JsonEncodedText.Encode("callback");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText DueTime = JsonEncodedText.Encode("dueTime");
    private static readonly JsonEncodedText Period = JsonEncodedText.Encode("period");

    /// <summary>Body of a timer's tick: the times as they were given.</summary>
    public static ReadOnlyMemory<byte> OfTimer(ActorTimerRequest timer) =>
        Write(timer.Callback, timer.Data, timer.DueTime, timer.Period);

    /// <summary>Body of a reminder: daprd knows no times when it fires one.</summary>
    public static ReadOnlyMemory<byte> OfReminder(ReadOnlyMemory<byte>? data) => Write(null, data, "", "");

    private static ReadOnlyMemory<byte> Write(string? callback, ReadOnlyMemory<byte>? data, string dueTime, string period)
    {
        const int Envelope = 64;
        var buffer = new ArrayBufferWriter<byte>(Envelope + (data?.Length ?? 0));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (callback is not null)
                json.WriteString(Callback, callback);
            if (data is { IsEmpty: false } raw)
            {
                json.WritePropertyName(Data);
                json.WriteRawValue(raw.Span, skipInputValidation: true);
            }

            json.WriteString(DueTime, dueTime);
            json.WriteString(Period, period);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
