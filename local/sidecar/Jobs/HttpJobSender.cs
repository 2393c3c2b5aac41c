using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Invocation;
using NexusCart.Sidecar.Scheduling;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Jobs;

/// <summary>Posts due jobs to <c>/job/{name}</c> of an app that speaks HTTP.</summary>
internal sealed class HttpJobSender(IAppChannel app, ILogger logger) : IJobSender
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public async Task<JobResult> SendAsync(Rt.Job job, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, MethodPath.ToRequestPath("job/" + job.Name, query: ""))
        {
            Content = new ReadOnlyMemoryContent(BodyOf(job.Data)) { Headers = { ContentType = Json } },
        };
        try
        {
            using var response = await app.SendAsync(request, cancellation);
            return Verdict(job.Name, response.StatusCode);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            throw new AppUnreachableException(e);
        }
    }

    /// <summary>
    /// What the app gets: of a JSON value its text, of anything else the bytes of the message without white space at the ends
    /// (which takes the field number of a one-field message along, as daprd does).
    /// </summary>
    /// <exception cref="InvalidOperationException">It is a JSON value without a value.</exception>
    internal static ReadOnlyMemory<byte> BodyOf(Any? data)
    {
        if (data is null)
            return default;
        return data.TryUnpack<Value>(out var value)
            ? Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(value))
            : TrimSpace(data.Value.Memory);
    }

    private static ReadOnlyMemory<byte> TrimSpace(ReadOnlyMemory<byte> bytes)
    {
        while (Rune.DecodeFromUtf8(bytes.Span, out var first, out var length) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(first))
            bytes = bytes[length..];
        while (Rune.DecodeLastFromUtf8(bytes.Span, out var last, out var length) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(last))
            bytes = bytes[..^length];
        return bytes;
    }

    private JobResult Verdict(string name, HttpStatusCode status)
    {
        if ((int)status is >= 200 and < 300)
            return JobResult.Succeeded;
        if (status == HttpStatusCode.NotFound)
        {
            logger.LogError("non-retriable error returned from app while processing triggered job {Name}. status code returned: 404", name);
            return JobResult.Succeeded;
        }

        logger.LogWarning("unexpected status code returned from app while processing triggered job {Name}. status code returned: {Status}", name, (int)status);
        return JobResult.Failed;
    }
}
