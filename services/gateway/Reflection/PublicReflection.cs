using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Reflection;
using NexusCart.Gateway.Contract;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace NexusCart.Gateway.Reflection;

/// <summary>gRPC server reflection over the public contract: services appear with their public RPCs only.</summary>
internal static class PublicReflection
{
    /// <summary>The public services, with everything they refer to.</summary>
    public static IReadOnlyList<ServiceDescriptor> Services { get; } = Build();

    public static void AddPublicReflection(this IServiceCollection services)
    {
        services.AddSingleton(new ReflectionServiceImpl(Services));
        services.AddSingleton(new ReflectionV1ServiceImpl(Services));
    }

    public static void MapPublicReflection(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<ReflectionV1ServiceImpl>().AllowAnonymous().WithMetadata(new Entrance.PublicEndpoint());
        endpoints.MapGrpcService<ReflectionServiceImpl>().AllowAnonymous().WithMetadata(new Entrance.PublicEndpoint());
    }

    private static List<ServiceDescriptor> Build()
    {
        var files = new List<FileDescriptor>();
        foreach (var (_, service) in PublicContract.Services) Collect(service.File, files);

        // The descriptors are built anew: those of the generated code know the internal RPCs too.
        var extensions = new ExtensionRegistry { AnnotationsExtensions.Http };
        return [.. FileDescriptor.BuildFromByteStrings(files.Select(Publish), extensions).SelectMany(file => file.Services)];
    }

    /// <summary>Dependencies first.</summary>
    private static void Collect(FileDescriptor file, List<FileDescriptor> files)
    {
        if (files.Contains(file)) return;
        foreach (var dependency in file.Dependencies) Collect(dependency, files);
        files.Add(file);
    }

    private static ByteString Publish(FileDescriptor file)
    {
        var proto = file.ToProto();
        foreach (var service in proto.Service)
        {
            var original = file.Services.Single(s => s.Name == service.Name);
            var hidden = service.Method.Where(m => PublicContract.Rule(original.FindMethodByName(m.Name)) is null).ToList();
            foreach (var method in hidden) service.Method.Remove(method);
        }
        return proto.ToByteString();
    }
}
