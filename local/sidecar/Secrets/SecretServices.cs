using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Components.Secrets;

namespace NexusCart.Sidecar.Secrets;

/// <summary>Registers the secrets building block.</summary>
internal static class SecretServices
{
    public static IServiceCollection AddSecrets(this IServiceCollection services) => services.AddSingleton<SecretService>();

    /// <summary>Makes the secret stores known under Dapr's type names.</summary>
    public static ComponentTypes AddSecretStores(this ComponentTypes types) => types
        .Add("secretstores.local.file", context => new LocalFileSecretStore(context))
        .Add("secretstores.local.env", context => new LocalEnvSecretStore(context.Spec.Find("prefix") ?? ""));
}
