using System.Collections.Frozen;

namespace NexusCart.Sidecar.Resources;

/// <summary>Reads <c>kind: Configuration</c> files.</summary>
internal static class ConfigurationReader
{
    public static RuntimeConfiguration Read(IReadOnlyList<string> files)
    {
        var merged = new RuntimeConfiguration();
        foreach (var file in files)
        {
            if (!File.Exists(file))
                throw new ResourceException($"configuration file '{file}' does not exist");
            foreach (var document in YamlMap.ParseDocuments(File.ReadAllText(file), file))
            {
                if (document.Text("kind") == "Configuration" && document.Map("spec") is { } spec)
                    merged = Merge(merged, spec);
            }
        }

        return merged;
    }

    private static RuntimeConfiguration Merge(RuntimeConfiguration earlier, YamlMap spec)
    {
        var secrets = spec.Map("secrets");
        var api = spec.Map("api");
        return new RuntimeConfiguration
        {
            Features = spec.Has("features") ? ReadFeatures(spec) : earlier.Features,
            SecretScopes = secrets is null ? earlier.SecretScopes : [.. secrets.Maps("scopes").Select(ReadScope)],
            ApiAllowed = api is null ? earlier.ApiAllowed : [.. api.Maps("allowed").Select(ReadRule)],
            ApiDenied = api is null ? earlier.ApiDenied : [.. api.Maps("denied").Select(ReadRule)],
            AccessControl = spec.Map("accessControl") is { } acl ? ReadAccessControl(acl) : earlier.AccessControl,
            DeniedComponents = spec.Map("components")?.Texts("deny") ?? earlier.DeniedComponents,
            HttpPipeline = ReadPipeline(spec, "httpPipeline") ?? earlier.HttpPipeline,
            AppHttpPipeline = ReadPipeline(spec, "appHttpPipeline") ?? earlier.AppHttpPipeline,
            ApiLogging = spec.Map("logging")?.Map("apiLogging")?.Flag("enabled") ?? earlier.ApiLogging,
            Workflow = spec.Map("workflow") is { } workflow ? WorkflowSpec.Read(workflow) : earlier.Workflow,
            Tracing = spec.Map("tracing") is { } tracing ? TracingSpec.Read(tracing) : earlier.Tracing,
            Metrics = ReadMetrics(spec, earlier.Metrics),
        };
    }

    private static FrozenDictionary<string, bool> ReadFeatures(YamlMap spec) =>
        spec.Maps("features").ToFrozenDictionary(
            feature => feature.RequiredText("name"),
            feature => feature.Flag("enabled") ?? false,
            StringComparer.Ordinal);

    // The older name of the section is read as well; what the newer one says is stronger.
    private static MetricsSpec ReadMetrics(YamlMap spec, MetricsSpec earlier)
    {
        foreach (var name in (string[])["metric", "metrics"])
        {
            if (spec.Map(name) is { } section)
                earlier = MetricsSpec.Read(section, earlier);
        }

        return earlier;
    }

    private static SecretScope ReadScope(YamlMap scope) => new(
        scope.RequiredText("storeName"),
        ReadAction(scope, "defaultAccess") ?? true,
        scope.Texts("allowedSecrets").ToFrozenSet(StringComparer.Ordinal),
        scope.Texts("deniedSecrets").ToFrozenSet(StringComparer.Ordinal));

    private static ApiRule ReadRule(YamlMap rule) => new(
        rule.RequiredText("name"),
        NormaliseVersion(rule.Text("version") ?? ""),
        (rule.Text("protocol") ?? "").ToLowerInvariant());

    private static List<PipelineHandler>? ReadPipeline(YamlMap spec, string key) =>
        spec.Map(key)?.Maps("handlers").Select(handler => new PipelineHandler(handler.RequiredText("name"), handler.RequiredText("type"))).ToList();

    private static string NormaliseVersion(string version) => version switch
    {
        "v1" or "v1.0" => "v1.0",
        "v1alpha1" or "v1.0-alpha1" => "v1.0-alpha1",
        "v1alpha2" or "v1.0-alpha2" => "v1.0-alpha2",
        "v1beta1" or "v1.0-beta1" => "v1.0-beta1",
        _ => version,
    };

    private static AccessControlSpec ReadAccessControl(YamlMap acl) => new(
        ReadAction(acl, "defaultAction") ?? true,
        acl.Text("trustDomain") ?? "public",
        [.. acl.Maps("policies").Select(policy => new AccessPolicy(
            policy.RequiredText("appId"),
            ReadAction(policy, "defaultAction") ?? true,
            policy.Text("trustDomain") ?? "public",
            policy.Text("namespace") ?? "",
            [.. policy.Maps("operations").Select(operation => new AccessOperation(
                operation.RequiredText("name"),
                operation.Texts("httpVerb"),
                ReadAction(operation, "action") ?? true))]))]);

    private static bool? ReadAction(YamlMap map, string key) => map.Text(key)?.ToLowerInvariant() switch
    {
        null or "" => null,
        "allow" => true,
        "deny" => false,
        var other => throw new ResourceException($"{map.File}:{map.Line}: '{key}' must be allow or deny, not '{other}'"),
    };
}
