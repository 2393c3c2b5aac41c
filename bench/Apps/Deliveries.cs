using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Bench.Apps;

/// <summary>
/// Tells the load generator which events have arrived: their numbers as little-endian 32-bit integers on one response that never
/// ends. What arrives while a write is under way goes with the next one, so that the telling costs next to nothing.
/// </summary>
internal sealed class Deliveries
{
    private readonly Channel<int> _arrived = Channel.CreateUnbounded<int>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Takes an event: a CloudEvent whose data is its number, alone or first in an array.</summary>
    public async Task TakeAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.IsCompleted)
            {
                _arrived.Writer.TryWrite(NumberOf(new Utf8JsonReader(result.Buffer)));
                reader.AdvanceTo(result.Buffer.End);
                return;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Writes the numbers as they come until the other side goes.</summary>
    public async Task StreamAsync(HttpContext context)
    {
        var writer = context.Response.BodyWriter;
        await context.Response.StartAsync(context.RequestAborted);
        try
        {
            while (await _arrived.Reader.WaitToReadAsync(context.RequestAborted))
            {
                while (_arrived.Reader.TryRead(out var number))
                {
                    BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(sizeof(int)), number);
                    writer.Advance(sizeof(int));
                }

                await writer.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private static int NumberOf(Utf8JsonReader json)
    {
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isData = json.ValueTextEquals("data"u8);
            json.Read();
            if (isData && json.TokenType == JsonTokenType.StartArray)
                json.Read();
            if (isData)
                return json.GetInt32();
            json.Skip();
        }

        throw new JsonException("an event without data");
    }
}
