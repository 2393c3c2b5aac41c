using NexusCart.Sidecar.Components;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Sidecar.State;

/// <summary>Whose keys a store's component keeps apart: the setting <c>keyPrefix</c>.</summary>
public readonly record struct StateKeyPrefix
{
    /// <summary>What no key of an app may contain.</summary>
    public const string Separator = "||";

    private readonly string _prefix;

    private StateKeyPrefix(string prefix) => _prefix = prefix;

    /// <summary>The prefix a component asks for: <c>appid</c> (the default), <c>name</c>, <c>namespace</c>, <c>none</c> or a literal one.</summary>
    /// <exception cref="ArgumentException">The literal contains the separator.</exception>
    public static StateKeyPrefix Of(ComponentSpec spec, SidecarOptions options)
    {
        // Dapr lower-cases a literal prefix too.
        var strategy = (spec.Find("keyPrefix") ?? "appid").ToLowerInvariant();
        if (strategy.Contains(Separator, StringComparison.Ordinal))
            throw ComponentSettings.Invalid(spec, "keyPrefix", $"'{strategy}' can't contain '{Separator}'");
        return new StateKeyPrefix(strategy switch
        {
            "none" => "",
            "name" => spec.Name + Separator,
            "appid" => options.AppId + Separator,
            "namespace" when options.Namespace.Length > 0 => $"{options.Namespace}.{options.AppId}{Separator}",
            "namespace" => options.AppId + Separator,
            _ => strategy + Separator,
        });
    }

    /// <summary>The key as the store has it.</summary>
    public string Add(string key) => _prefix + key;

    /// <summary>The key as the app knows it.</summary>
    public static string Remove(string storedKey)
    {
        var parts = storedKey.Split(Separator, 3);
        return parts.Length == 1 ? storedKey : parts[1];
    }
}
