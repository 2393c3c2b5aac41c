using System.Globalization;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Secrets;

namespace NexusCart.Sidecar.Components;

/// <summary>
/// Makes the components of one sidecar from their manifests: secret stores first, because the others may take settings from them.
/// </summary>
internal sealed class ComponentLoader(
    ComponentTypes types,
    SidecarOptions options,
    LocalCluster cluster,
    RuntimeConfiguration configuration,
    ComponentLoads? loads,
    ILogger logger)
{
    private const string SecretStorePrefix = "secretstores.";

    /// <summary>Loads all manifests into the registry.</summary>
    /// <exception cref="ResourceException">A component cannot be made or initialised and does not say ignoreErrors.</exception>
    public async Task LoadAsync(IReadOnlyList<ComponentManifest> manifests, ComponentRegistry registry, CancellationToken cancellation)
    {
        foreach (var manifest in InLoadingOrder(manifests))
        {
            try
            {
                if (await CreateAsync(manifest, registry, cancellation) is { } component)
                    registry.Add(component);
            }
            catch (Exception e) when (manifest.IgnoreErrors && !cancellation.IsCancellationRequested)
            {
                logger.LogWarning("component {Name} ({Type}) failed and says ignoreErrors: {Error}", manifest.Name, manifest.Type, e.Message);
            }
            catch (Exception e) when (e is not ResourceException && !cancellation.IsCancellationRequested)
            {
                throw new ResourceException(
                    $"{manifest.Source}: component '{manifest.Name}' ({manifest.Type}/{manifest.Version}) failed to initialise: {e.Message}", e);
            }
        }
    }

    /// <summary>Secret stores first, those that take a setting from another one after it; the rest keeps its order.</summary>
    public static IEnumerable<ComponentManifest> InLoadingOrder(IEnumerable<ComponentManifest> manifests) =>
        manifests.OrderBy(manifest => manifest.Type.StartsWith(SecretStorePrefix, StringComparison.Ordinal)
            ? manifest.Items.Any(item => item.Secret is not null) ? 1 : 0
            : 2);

    /// <summary>Makes and initialises a component; null when the configuration denies it.</summary>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="registry">Where the secret stores are.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<LoadedComponent?> CreateAsync(ComponentManifest manifest, ComponentRegistry registry, CancellationToken cancellation)
    {
        if (configuration.DeniedComponents.Any(denied => denied == manifest.Type || denied == $"{manifest.Type}/{manifest.Version}"))
        {
            logger.LogWarning("component {Name} is left out: the configuration denies {Type}/{Version}", manifest.Name, manifest.Type, manifest.Version);
            return null;
        }

        if (!types.TryGet(manifest.Type, out var create))
            throw new ResourceException($"{manifest.Source}: component '{manifest.Name}' has the type '{manifest.Type}', which this runtime does not have");

        var spec = await ResolveAsync(manifest, registry, cancellation);
        var driver = Create(manifest, create, new ComponentContext(spec, options, cluster));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(manifest.InitTimeout);
        try
        {
            await driver.InitAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            loads?.Failed(manifest.Type, manifest.Name, "init");
            await driver.DisposeAsync();
            throw new TimeoutException($"no success within {GoDuration.Format(manifest.InitTimeout)} (initTimeout)");
        }
        catch
        {
            loads?.Failed(manifest.Type, manifest.Name, "init");
            await driver.DisposeAsync();
            throw;
        }

        loads?.Loaded(manifest.Type);
        logger.LogInformation("component loaded: {Name} ({Type}/{Version})", manifest.Name, manifest.Type, manifest.Version);
        return new LoadedComponent(spec, driver);
    }

    private IComponent Create(ComponentManifest manifest, Func<ComponentContext, IComponent> create, ComponentContext context)
    {
        try
        {
            return create(context);
        }
        catch
        {
            loads?.Failed(manifest.Type, manifest.Name, "creation");
            throw;
        }
    }

    private async Task<ComponentSpec> ResolveAsync(ComponentManifest manifest, ComponentRegistry registry, CancellationToken cancellation)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in manifest.Items)
            metadata[item.Name] = await ValueOfAsync(item, manifest, registry, cancellation);
        return new ComponentSpec
        {
            Name = manifest.Name,
            Type = manifest.Type,
            Version = manifest.Version,
            Metadata = metadata,
            IgnoreErrors = manifest.IgnoreErrors,
            InitTimeout = manifest.InitTimeout,
        };
    }

    private async ValueTask<string> ValueOfAsync(
        ComponentManifest.Item item, ComponentManifest manifest, ComponentRegistry registry, CancellationToken cancellation)
    {
        if (item.Value is { Length: > 0 } value)
            return Templates.Fill(value, options);
        if (item.Secret is { } secret)
            return await SecretAsync(secret, item, manifest, registry, cancellation);
        if (item.EnvironmentVariable is { Length: > 0 } variable)
            return Templates.IsReadable(variable) ? Environment.GetEnvironmentVariable(variable) ?? "" : "";
        return "";
    }

    private async ValueTask<string> SecretAsync(
        ComponentManifest.SecretRef secret,
        ComponentManifest.Item item,
        ComponentManifest manifest,
        ComponentRegistry registry,
        CancellationToken cancellation)
    {
        var store = manifest.SecretStore;
        if (store is null || !registry.TryGet<ISecretStore>(store, out var driver, out _))
        {
            throw new ResourceException(string.Create(
                CultureInfo.InvariantCulture,
                $"{manifest.Source}: component '{manifest.Name}' takes '{item.Name}' from the secret store '{store ?? "(auth.secretStore is missing)"}', which is not loaded"));
        }

        try
        {
            var values = await driver.GetAsync(secret.Name, cancellation);
            if (values.TryGetValue(secret.Key, out var value))
                return value;
        }
        catch (KeyNotFoundException)
        {
            // Reported below with the missing key of a secret that exists.
        }

        logger.LogError(
            "component {Name}: secret '{Secret}' (key '{Key}') is not in store {Store}; '{Item}' stays empty",
            manifest.Name, secret.Name, secret.Key, store, item.Name);
        return "";
    }
}
