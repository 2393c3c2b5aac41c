using System.Collections.Frozen;
using Dapr.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace NexusCart.Platform.Security;

/// <summary>The secrets a service asked for with <see cref="SecretsExtensions.RequireSecrets"/>, read once, before it serves.</summary>
public interface ISecrets
{
    /// <summary>A secret's value.</summary>
    /// <exception cref="InvalidOperationException">The service did not ask for it, or has not started yet.</exception>
    string this[string name] { get; }
}

/// <summary>Where secrets come from: the Dapr secret store, or whatever a test puts in its place.</summary>
public interface ISecretSource
{
    /// <summary>Reads a secret; null where there is none.</summary>
    Task<string?> ReadAsync(string name, CancellationToken cancellationToken);
}

/// <summary>Registers what a service needs to know in secret.</summary>
public static class SecretsExtensions
{
    /// <summary>Has secrets read at start; the service does not start without them.</summary>
    public static IServiceCollection RequireSecrets(this IServiceCollection services, params string[] names) =>
        services.Configure<RequiredSecrets>(required => required.Names.UnionWith(names));

    internal static void AddSecrets(this IServiceCollection services)
    {
        services.TryAddSingleton<ISecretSource, DaprSecretSource>();
        services.TryAddSingleton<LoadedSecrets>();
        services.TryAddSingleton<ISecrets>(provider => provider.GetRequiredService<LoadedSecrets>());
        services.AddHostedService(provider => provider.GetRequiredService<LoadedSecrets>());
    }
}

/// <summary>The names of the secrets a service needs.</summary>
public sealed class RequiredSecrets
{
    /// <summary>Names in the secret store.</summary>
    public HashSet<string> Names { get; } = new(StringComparer.Ordinal);
}

/// <summary>Reads the required secrets before the service opens its ports, and refuses development values elsewhere.</summary>
internal sealed partial class LoadedSecrets(
    ISecretSource source, IOptions<RequiredSecrets> required, IHostEnvironment environment, TimeProvider time,
    ILogger<LoadedSecrets> logger) : ISecrets, IHostedLifecycleService
{
    /// <summary>Part of every secret in components/secrets.json; a service outside development does not start with it.</summary>
    public const string DevelopmentMark = "development-only";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private FrozenDictionary<string, string> _values = FrozenDictionary<string, string>.Empty;

    public string this[string name] => _values.TryGetValue(name, out var value) ? value : throw new InvalidOperationException(
        $"The secret '{name}' was not loaded: name it in RequireSecrets, and read it once the service has started.");

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in required.Value.Names)
        {
            var value = await ReadPatientlyAsync(name, cancellationToken);
            if (!environment.IsDevelopment() && value.Contains(DevelopmentMark, StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException(
                    $"The secret '{name}' is a development default, and ASPNETCORE_ENVIRONMENT is {environment.EnvironmentName}. "
                    + $"Put a real value into the secret store '{Components.SecretStore}'.");
            }
            values[name] = value;
        }
        _values = values.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The sidecar starts beside the service and may be a little later; a missing secret is final only after a minute.</summary>
    private async Task<string> ReadPatientlyAsync(string name, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause = TimeSpan.FromMilliseconds(Math.Min(pause.TotalMilliseconds * 2, 2000)))
        {
            try
            {
                var value = await source.ReadAsync(name, cancellationToken);
                return string.IsNullOrEmpty(value) ? throw new InvalidOperationException(
                    $"The secret store '{Components.SecretStore}' has no secret '{name}'.") : value;
            }
            catch (Exception fault) when (fault is not OperationCanceledException && time.GetElapsedTime(started) < Patience
                && source is DaprSecretSource)
            {
                if (pause.TotalMilliseconds > 1000) LogWaiting(logger, name, fault.Message);
            }
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for the secret {Name}: {Why}")]
    private static partial void LogWaiting(ILogger logger, string name, string why);
}

/// <summary>The Dapr secret store.</summary>
internal sealed class DaprSecretSource(DaprClient dapr) : ISecretSource
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public async Task<string?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        Dictionary<string, string> found;
        try
        {
            found = await dapr.GetSecretAsync(Components.SecretStore, name, cancellationToken: limit.Token);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The secret store '{Components.SecretStore}' gave no answer in {Deadline.TotalSeconds} s.");
        }

        // Stores with one value a secret use its own name as key; others (Kubernetes) may use any.
        return found.TryGetValue(name, out var value) ? value : found.Count == 1 ? found.Values.Single() : null;
    }
}
