using System.Text;
using Google.Protobuf;
using Grpc.Core;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Request bodies that are the JSON form of a protobuf message: both spellings of names, numbers also as text, unknown members ignored.</summary>
internal static class ProtoBody
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Reads the body of a request; an empty one is an empty message.</summary>
    /// <exception cref="DaprApiException">It is no JSON, or a member has another type than it should.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context)
        where T : IMessage<T>, new()
    {
        var body = await RequestBody.ReadAsync(context);
        try
        {
            return body.IsEmpty ? new T() : Parse<T>(Encoding.UTF8.GetString(body.Span));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw Malformed(e);
        }
    }

    /// <summary>Parses JSON text.</summary>
    /// <exception cref="InvalidJsonException">It is no JSON.</exception>
    /// <exception cref="InvalidProtocolBufferException">It does not fit the message.</exception>
    public static T Parse<T>(string json)
        where T : IMessage<T>, new() => Parser.Parse<T>(json);

    /// <summary>The answer to a body that cannot be read.</summary>
    public static DaprApiException Malformed(Exception cause) => new(
        "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: " + cause.Message, StatusCodes.Status400BadRequest, StatusCode.InvalidArgument);
}
