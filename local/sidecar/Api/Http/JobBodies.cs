using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Jobs;
using NexusCart.Sidecar.Json;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Reads the body of a job: the message's JSON form, but the data is any JSON value, and whether to overwrite stands beside it.</summary>
internal static class JobBodies
{
    /// <summary>The job, without its name, and whether it replaces one of the same name. An empty body is a job without anything.</summary>
    /// <exception cref="DaprApiException">The body cannot be read, or names the job.</exception>
    public static (Rt.Job Job, bool Overwrite) Read(ReadOnlyMemory<byte> body, SidecarOptions options)
    {
        var request = new Rt.ScheduleJobRequest { Job = new Rt.Job() };
        Value? data = null;
        if (!body.IsEmpty)
        {
            try
            {
                var root = GoJson.ParseWhole(body);
                if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var member))
                    data = Value.Parser.ParseJson(member.GetRawText());
                request = ProtoBody.Parse<Rt.ScheduleJobRequest>(Rearrange(root));
            }
            catch (Exception e) when (e is JsonException or InvalidProtocolBufferException or InvalidJsonException)
            {
                throw ProtoBody.Malformed(e);
            }
        }

        if (request.Job.Name.Length > 0)
            throw JobErrors.NameInBody(options);
        if (data is not null)
            request.Job.Data = Any.Pack(data);
        else if (options.Strict)
            // daprd stores a value without a value here: such a job can neither be read nor delivered.
            request.Job.Data = Any.Pack(new Value());
        return (request.Job, request.Overwrite);
    }

    // What belongs to the job goes into the message's own place for it.
    private static string Rearrange(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException("unexpected token " + root.GetRawText());
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("job");
            foreach (var member in root.EnumerateObject().Where(member => member.Name is not ("data" or "overwrite")))
                member.WriteTo(json);
            json.WriteEndObject();
            if (root.TryGetProperty("overwrite", out var overwrite))
            {
                json.WritePropertyName("overwrite");
                overwrite.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
