using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Resources;

/// <summary>The placeholders of component settings and the rules for environment variables in them.</summary>
internal static class Templates
{
    /// <summary>Fills <c>{uuid}</c> (a new one each time), <c>{appID}</c>, <c>{namespace}</c> and <c>{podName}</c>.</summary>
    public static string Fill(string value, SidecarOptions options)
    {
        if (!value.Contains('{', StringComparison.Ordinal))
            return value;
        while (value.Contains("{uuid}", StringComparison.Ordinal))
        {
            var at = value.IndexOf("{uuid}", StringComparison.Ordinal);
            value = string.Concat(value.AsSpan(0, at), Guid.NewGuid().ToString(), value.AsSpan(at + "{uuid}".Length));
        }

        return value
            .Replace("{namespace}", options.Namespace + "." + options.AppId, StringComparison.Ordinal)
            .Replace("{appID}", options.AppId, StringComparison.Ordinal)
            .Replace("{podName}", Environment.GetEnvironmentVariable("POD_NAME") ?? "", StringComparison.Ordinal);
    }

    /// <summary>Whether a component may read the environment variable: never the runtime's own, and only listed ones if there is a list.</summary>
    public static bool IsReadable(string variable)
    {
        if (variable.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase) || variable == "APP_API_TOKEN" || variable.Contains(' ', StringComparison.Ordinal))
            return false;
        var listed = Environment.GetEnvironmentVariable("DAPR_ENV_KEYS");
        return string.IsNullOrEmpty(listed) || listed.Split(' ').Contains(variable);
    }
}
