using System.Text.Json;
using Dapr.Common.Serialization;
using Dapr.Workflow.Registration;
using Dapr.Workflow.Serialization;
using Dapr.Workflow.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dapr.Workflow;

/// <summary>Adds workflows to an app.</summary>
public static class WorkflowServiceCollectionExtensions
{
    /// <summary>Runs the workflows that generated code registered, and adds <see cref="DaprWorkflowClient"/>.</summary>
    /// <param name="services">The app's services.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddDaprWorkflow(this IServiceCollection services) => AddDaprWorkflow(services, static _ => { });

    /// <summary>Runs workflows and activities in this app, and adds <see cref="DaprWorkflowClient"/>.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Registers workflows and activities.</param>
    /// <param name="lifetime">Of the client.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddDaprWorkflow(
        this IServiceCollection services,
        Action<WorkflowRuntimeOptions> configure,
        ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return AddDaprWorkflowBuilder(services, configure, configureClient: null, lifetime).Services;
    }

    /// <summary>Runs workflows and activities in this app, adds <see cref="DaprWorkflowClient"/>, and lets more be set.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configureRuntime">Registers workflows and activities.</param>
    /// <param name="configureClient">Changes how the client is built.</param>
    /// <param name="lifetime">Of the client.</param>
    /// <returns>A builder.</returns>
    public static DaprWorkflowBuilder AddDaprWorkflowBuilder(
        this IServiceCollection services,
        Action<WorkflowRuntimeOptions>? configureRuntime,
        Action<IServiceProvider, DaprWorkflowClientBuilder>? configureClient = null,
        ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new WorkflowRuntimeOptions();
        configureRuntime?.Invoke(options);

        services.AddSingleton(options);
        services.TryAddSingleton<MessageSizeLimits>();
#pragma warning disable CS0618 // A serializer registered under its older name is honoured.
        services.TryAddSingleton<IDaprSerializer>(static provider =>
            (IDaprSerializer?)provider.GetService<IWorkflowSerializer>() ?? new JsonDaprSerializer());
#pragma warning restore CS0618
        services.TryAddSingleton<IWorkflowsFactory>(provider => CreateFactory(provider, options));
        services.TryAddSingleton(provider => new SidecarConnection(
            provider.GetService<IConfiguration>(),
            options,
            provider.GetRequiredService<MessageSizeLimits>()));
        services.TryAddSingleton<TurnRunner>();
        services.TryAddSingleton<ActivityRunner>();
        services.AddHostedService<WorkflowWorker>();
        services.Add(new ServiceDescriptor(typeof(DaprWorkflowClient), provider => BuildClient(provider, configureClient), lifetime));
        return new DaprWorkflowBuilder(services);
    }

    private static WorkflowsFactory CreateFactory(IServiceProvider provider, WorkflowRuntimeOptions options)
    {
        var factory = ActivatorUtilities.CreateInstance<WorkflowsFactory>(provider);
        WorkflowAutoRegistry.Apply(options);
        options.ApplyRegistrations(factory);
        return factory;
    }

    private static DaprWorkflowClient BuildClient(
        IServiceProvider provider,
        Action<IServiceProvider, DaprWorkflowClientBuilder>? configure)
    {
        var builder = new DaprWorkflowClientBuilder(provider.GetService<IConfiguration>()).UseServices(provider);
        configure?.Invoke(provider, builder);
        return builder.Build();
    }

    /// <summary>Sets more of an app's workflows.</summary>
#pragma warning disable CA1815 // A builder is never compared; the signatures are those of the official package.
    public readonly struct DaprWorkflowBuilder : IDaprWorkflowBuilder
#pragma warning restore CA1815
    {
        internal DaprWorkflowBuilder(IServiceCollection services) => Services = services;

        /// <summary>The app's services.</summary>
        public IServiceCollection Services { get; }

        /// <summary>Sets the serializer of inputs and results.</summary>
        /// <param name="serializer">The serializer.</param>
        /// <returns>This builder.</returns>
        public DaprWorkflowBuilder WithSerializer(IDaprSerializer serializer)
        {
            ArgumentNullException.ThrowIfNull(serializer);
            Services.Replace(ServiceDescriptor.Singleton(serializer));
            return this;
        }

        /// <summary>Sets the serializer of inputs and results, made from the app's services.</summary>
        /// <param name="serializerFactory">Makes the serializer.</param>
        /// <returns>This builder.</returns>
        public DaprWorkflowBuilder WithSerializer(Func<IServiceProvider, IWorkflowSerializer> serializerFactory)
        {
            ArgumentNullException.ThrowIfNull(serializerFactory);
            Services.Replace(ServiceDescriptor.Singleton<IDaprSerializer>(serializerFactory));
            return this;
        }

        /// <summary>Serializes inputs and results as JSON with these options.</summary>
        /// <param name="jsonOptions">The options.</param>
        /// <returns>This builder.</returns>
        public DaprWorkflowBuilder WithJsonSerializer(JsonSerializerOptions jsonOptions)
        {
            ArgumentNullException.ThrowIfNull(jsonOptions);
            return WithSerializer(new JsonDaprSerializer(jsonOptions));
        }

        /// <summary>Limits the messages to and from the sidecar.</summary>
        /// <param name="maxReceiveMessageSize">In bytes, above zero; null: unchanged (4 MiB).</param>
        /// <param name="maxSendMessageSize">In bytes, above zero; null: unchanged (no limit).</param>
        /// <returns>This builder.</returns>
        public DaprWorkflowBuilder WithGrpcMessageSizeLimits(int? maxReceiveMessageSize = null, int? maxSendMessageSize = null)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxReceiveMessageSize ?? 1, nameof(maxReceiveMessageSize));
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSendMessageSize ?? 1, nameof(maxSendMessageSize));
            Services.Replace(ServiceDescriptor.Singleton(new MessageSizeLimits { Receive = maxReceiveMessageSize, Send = maxSendMessageSize }));
            return this;
        }
    }
}
