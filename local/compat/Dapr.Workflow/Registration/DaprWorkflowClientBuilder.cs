using System.Text.Json;
using Dapr.Common;
using Dapr.Common.Serialization;
using Dapr.Workflow.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dapr.Workflow.Registration;

/// <summary>Builds a <see cref="DaprWorkflowClient"/>.</summary>
/// <param name="configuration">Where the sidecar's address and token are looked up; null: the environment.</param>
public sealed class DaprWorkflowClientBuilder(IConfiguration? configuration = null)
    : DaprGenericClientBuilder<DaprWorkflowClient>(configuration)
{
    private IDaprSerializer? _serializer;
    private Func<IServiceProvider, IWorkflowSerializer>? _serializerFactory;
    private IServiceProvider? _services;

    /// <summary>Sets the serializer of inputs and results.</summary>
    /// <param name="serializer">The serializer.</param>
    /// <returns>This builder.</returns>
    public DaprWorkflowClientBuilder UseSerializer(IDaprSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        _serializer = serializer;
        _serializerFactory = null;
        return this;
    }

    /// <summary>Sets the serializer of inputs and results, made from the app's services.</summary>
    /// <param name="serializerFactory">Makes the serializer.</param>
    /// <returns>This builder.</returns>
    public DaprWorkflowClientBuilder UseSerializer(Func<IServiceProvider, IWorkflowSerializer> serializerFactory)
    {
        ArgumentNullException.ThrowIfNull(serializerFactory);
        _serializerFactory = serializerFactory;
        _serializer = null;
        return this;
    }

    /// <summary>Serializes inputs and results as JSON with these options.</summary>
    /// <param name="jsonOptions">The options.</param>
    /// <returns>This builder.</returns>
    public DaprWorkflowClientBuilder UseJsonSerializer(JsonSerializerOptions jsonOptions)
    {
        ArgumentNullException.ThrowIfNull(jsonOptions);
        return UseSerializer(new JsonDaprSerializer(jsonOptions));
    }

    /// <summary>The client. One made by the app's services shares their connection to the sidecar.</summary>
    /// <returns>A new client.</returns>
    public override DaprWorkflowClient Build()
    {
        if (_services?.GetService<SidecarConnection>() is { } shared)
            return new DaprWorkflowClient(shared.Invoker, ResolveSerializer());

        var (channel, _, _, _) = BuildDaprClientDependencies(typeof(DaprWorkflowClient).Assembly);
        return new DaprWorkflowClient(
            SidecarConnection.WithToken(channel.CreateCallInvoker(), DaprApiToken),
            ResolveSerializer(),
            channel);
    }

    internal DaprWorkflowClientBuilder UseServices(IServiceProvider services)
    {
        _services = services;
        return this;
    }

    private IDaprSerializer ResolveSerializer() =>
        _serializer
        ?? (_services is null ? null : _serializerFactory?.Invoke(_services))
        ?? _services?.GetService<IDaprSerializer>()
        ?? new JsonDaprSerializer();
}
