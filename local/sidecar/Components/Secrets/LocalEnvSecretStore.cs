using System.Collections;
using NexusCart.Sidecar.Resources;
using NexusCart.Sidecar.Secrets;

namespace NexusCart.Sidecar.Components.Secrets;

/// <summary>
/// <c>secretstores.local.env</c>: environment variables as secrets. The runtime's own variables are hidden; what is unset is empty.
/// </summary>
internal sealed class LocalEnvSecretStore(string prefix) : ISecretStore
{
    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyDictionary<string, string>> GetAsync(string key, CancellationToken cancellation)
    {
        var variable = prefix + key;
        var value = Templates.IsReadable(variable) ? Environment.GetEnvironmentVariable(variable) ?? "" : "";
        return Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [key] = value });
    }

    public Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> GetAllAsync(CancellationToken cancellation)
    {
        var all = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var variable = (string)entry.Key;
            if (!variable.StartsWith(prefix, StringComparison.Ordinal) || !Templates.IsReadable(variable))
                continue;
            var key = variable[prefix.Length..];
            all[key] = new Dictionary<string, string> { [key] = (string?)entry.Value ?? "" };
        }

        return Task.FromResult<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>>(all);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
