namespace NexusCart.Sidecar.Metadata;

/// <summary>Registers the metadata building block.</summary>
internal static class MetadataServices
{
    public static IServiceCollection AddMetadata(this IServiceCollection services) => services.AddSingleton<MetadataService>();
}
