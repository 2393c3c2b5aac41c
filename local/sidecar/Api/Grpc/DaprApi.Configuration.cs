using Grpc.Core;
using NexusCart.Sidecar.Configuration;
using Rt = Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Api.Grpc;

/// <content>Configuration.</content>
public sealed partial class DaprApi
{
    private ConfigurationService Configurations => field ??= Block<ConfigurationService>();

    /// <summary>The values of keys, or all.</summary>
    public async Task<Rt.GetConfigurationResponse> GetConfiguration(Rt.GetConfigurationRequest request, ServerCallContext context)
    {
        var response = new Rt.GetConfigurationResponse();
        foreach (var (key, item) in await Configurations.GetAsync(request.StoreName, request.Keys, request.Metadata, context.CancellationToken))
            response.Items[key] = MessageOf(item);
        return response;
    }

    /// <summary>A stream of changes; its first message tells the id to end it by.</summary>
    public async Task SubscribeConfiguration(
        Rt.SubscribeConfigurationRequest request, IServerStreamWriter<Rt.SubscribeConfigurationResponse> responses, ServerCallContext context)
    {
        var subscription = await Configurations.SubscribeAsync(request.StoreName, request.Keys, request.Metadata, context.CancellationToken);
        await using var closing = context.CancellationToken.Register(() => _ = Configurations.UnsubscribeAsync(store: null, subscription.Id));
        try
        {
            await responses.WriteAsync(new Rt.SubscribeConfigurationResponse { Id = subscription.Id }, context.CancellationToken);
            await subscription.PumpAsync((id, changes, cancellation) => responses.WriteAsync(UpdateOf(id, changes), cancellation));
        }
        finally
        {
            await Configurations.UnsubscribeAsync(store: null, subscription.Id);
        }
    }

    /// <summary>Ends a subscription; an unknown one is an answer and no error.</summary>
    public async Task<Rt.UnsubscribeConfigurationResponse> UnsubscribeConfiguration(
        Rt.UnsubscribeConfigurationRequest request, ServerCallContext context) =>
        await Configurations.UnsubscribeAsync(store: null, request.Id)
            ? new Rt.UnsubscribeConfigurationResponse { Ok = true }
            : new Rt.UnsubscribeConfigurationResponse { Message = ConfigurationErrors.Unsubscribe(request.Id, "subscription does not exist") };

    private static Rt.SubscribeConfigurationResponse UpdateOf(string id, IReadOnlyDictionary<string, ConfigurationItem> changes)
    {
        var response = new Rt.SubscribeConfigurationResponse { Id = id };
        foreach (var (key, item) in changes)
            response.Items[key] = MessageOf(item);
        return response;
    }

    private static Rt.ConfigurationItem MessageOf(ConfigurationItem item)
    {
        var message = new Rt.ConfigurationItem { Value = item.Value, Version = item.Version };
        foreach (var (name, value) in item.Metadata)
            message.Metadata[name] = value;
        return message;
    }
}
