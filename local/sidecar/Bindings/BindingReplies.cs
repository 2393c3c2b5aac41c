using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Dapr.AppCallback.Autogen.Grpc.v1;
using NexusCart.Sidecar.Api;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.State;
using Concurrency = Dapr.AppCallback.Autogen.Grpc.v1.BindingEventResponse.Types.BindingEventConcurrency;
using ProtoConcurrency = Dapr.Client.Autogen.Grpc.v1.StateOptions.Types.StateConcurrency;

namespace NexusCart.Sidecar.Bindings;

/// <summary>
/// Does what an app asks for in its answer to an event: save state, and send data on to output bindings. Only answers over gRPC
/// can ask. It happens after the event counts as handled; what fails is logged.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Made by the container.")]
internal sealed class BindingReplies(StateService state, BindingService bindings, ILogger<BindingReplies> logger)
{
    private const string Create = "create";
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    /// <summary>Begins with it, and does not wait.</summary>
    public void Follow(string binding, BindingEventResponse response)
    {
        if (response.States.Count > 0)
            _ = LogFailureAsync(binding, SaveAsync(response));
        if (response.To.Count > 0)
            _ = LogFailureAsync(binding, SendAsync(response));
    }

    private async Task SaveAsync(BindingEventResponse response)
    {
        var items = response.States.Select(item => new StateItem
        {
            Key = item.Key,
            Value = item.Value.Memory,
            ETag = item.Etag?.Value,
            Concurrency = item.Options?.Concurrency switch
            {
                ProtoConcurrency.ConcurrencyFirstWrite => "first-write",
                ProtoConcurrency.ConcurrencyLastWrite => "last-write",
                _ => "",
            },
            Metadata = item.Metadata,
        });
        await state.SaveAsync(response.StoreName, [.. items], CancellationToken.None);
    }

    private async Task SendAsync(BindingEventResponse response)
    {
        // What is no JSON goes on as null: daprd reads the data and writes it again.
        var data = GoJson.TryParseWhole(response.Data.Memory, out var value) ? GoJson.Write(value) : "null"u8.ToArray();
        var request = new BindingRequest(Create, data, NoMetadata);
        if (response.Concurrency == Concurrency.Parallel)
        {
            await Task.WhenAll(response.To.Select(name => bindings.InvokeAsync(name, request, CancellationToken.None)));
            return;
        }

        foreach (var name in response.To)
            await bindings.InvokeAsync(name, request, CancellationToken.None);
    }

    private async Task LogFailureAsync(string binding, Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is DaprApiException or JsonException)
        {
            logger.LogError("error executing the app's answer to binding {Name}: {Error}", binding, e.Message);
        }
    }
}
