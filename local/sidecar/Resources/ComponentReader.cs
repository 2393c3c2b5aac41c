namespace NexusCart.Sidecar.Resources;

/// <summary>Reads <c>kind: Component</c> and <c>kind: HTTPEndpoint</c>.</summary>
internal static class ComponentReader
{
    private static readonly TimeSpan DefaultInitTimeout = TimeSpan.FromSeconds(5);

    public static ComponentManifest Read(YamlMap document)
    {
        var name = NameOf(document);
        var spec = document.Map("spec") ?? throw new ResourceException($"{document.File}:{document.Line}: 'spec' is missing");
        return new ComponentManifest(
            name,
            spec.RequiredText("type"),
            spec.Text("version") ?? "",
            [.. spec.Maps("metadata").Select(ReadItem)],
            spec.Flag("ignoreErrors") ?? false,
            InitTimeout(spec),
            document.Map("auth")?.Text("secretStore"),
            $"{document.File}:{document.Line}");
    }

    public static HttpEndpointSpec ReadHttpEndpoint(YamlMap document)
    {
        var spec = document.Map("spec") ?? throw new ResourceException($"{document.File}:{document.Line}: 'spec' is missing");
        var headers = spec.Maps("headers").Select(ReadItem).ToList();
        if (headers.Find(header => header.Value is null) is { } missing)
            throw new ResourceException($"{document.File}:{spec.Line}: header '{missing.Name}' of an HTTP endpoint needs a 'value'");
        return new HttpEndpointSpec(NameOf(document), spec.RequiredText("baseUrl"), headers);
    }

    private static string NameOf(YamlMap document)
    {
        var metadata = document.Map("metadata") ?? throw new ResourceException($"{document.File}:{document.Line}: 'metadata' is missing");
        var name = metadata.RequiredText("name");
        return name is "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('%', StringComparison.Ordinal)
            ? throw new ResourceException($"{document.File}:{metadata.Line}: name '{name}' cannot be part of a path")
            : name;
    }

    private static ComponentManifest.Item ReadItem(YamlMap item)
    {
        var name = item.RequiredText("name");
        var secret = item.Map("secretKeyRef");
        var secretName = secret?.Text("name");
        return new ComponentManifest.Item(
            name,
            item.ValueAsText("value"),
            string.IsNullOrEmpty(secretName) ? null : new(secretName, secret!.Text("key") is { Length: > 0 } key ? key : secretName),
            item.Text("envRef"));
    }

    private static TimeSpan InitTimeout(YamlMap spec) => spec.Text("initTimeout") switch
    {
        null or "" => DefaultInitTimeout,
        var text when GoDuration.TryParse(text, out var timeout) && timeout > TimeSpan.Zero => timeout,
        var text => throw new ResourceException($"{spec.File}:{spec.Line}: initTimeout '{text}' is no duration such as 5s"),
    };
}
