using Grpc.AspNetCore.Server.Model;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NexusCart.Sidecar.Api.Grpc.TaskHub;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metadata;

namespace NexusCart.Sidecar.Workflows;

/// <summary>Adds workflows to a sidecar.</summary>
internal static class WorkflowServices
{
    internal static IServiceCollection AddWorkflows(this IServiceCollection services)
    {
        services.AddSingleton<WorkflowRuntime>();
        services.AddSingleton<IAppLifecycle>(static provider => provider.GetRequiredService<WorkflowRuntime>());
        services.AddSingleton<IMetadataContributor, WorkflowMetadata>();
        services.AddSingleton<WorkflowManagement>();
        services.AddSingleton<TaskHubApi>();
        services.AddSingleton<AnswerStreamApi>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServiceMethodProvider<TaskHubApi>, TaskHubMethodProvider>());
        return services;
    }

    internal static void MapWorkflows(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<TaskHubApi>().Add(endpoint => TaskHubShortcuts.Add(endpoint, routes.ServiceProvider));
        routes.MapGrpcService<AnswerStreamApi>();
        routes.MapWorkflowManagement();
    }
}
