using NexusCart.Sidecar.Hosting;

namespace NexusCart.Sidecar.Resources;

/// <summary>Reads the resource folders and configuration files of one sidecar.</summary>
public static class ResourceLoader
{
    private const string V1Alpha1 = "dapr.io/v1alpha1";
    private const string V2Alpha1 = "dapr.io/v2alpha1";

    /// <summary>Reads all files; documents of a broken file are skipped with a warning, as Dapr does.</summary>
    /// <exception cref="ResourceException">A folder is missing, a name is given twice, or a configuration file is wrong.</exception>
    public static SidecarResources Load(SidecarOptions options)
    {
        var sink = new Sink();
        foreach (var folder in options.ResourcePaths)
        {
            if (!Directory.Exists(folder))
                throw new ResourceException($"resources path '{folder}' does not exist");
            foreach (var file in ResourceFiles.In(folder))
                ReadFile(file, options, sink);
        }

        if (sink.Duplicates.Count > 0)
            throw new ResourceException(string.Join(Environment.NewLine, sink.Duplicates));
        return new SidecarResources
        {
            Components = sink.Components,
            Subscriptions = sink.Subscriptions,
            HttpEndpoints = sink.HttpEndpoints,
            Resiliency = sink.Resiliency,
            Configuration = ConfigurationReader.Read(options.ConfigPaths),
            BrokenFiles = sink.BrokenFiles,
            ReadOnce = sink.ReadOnce,
            Warnings = sink.Warnings,
        };
    }

    private static void ReadFile(string file, SidecarOptions options, Sink sink)
    {
        List<YamlMap> documents;
        var text = File.ReadAllText(file);
        try
        {
            documents = [.. YamlMap.ParseDocuments(text, file)];
        }
        catch (ResourceException e)
        {
            sink.Skip(file, e.Message);
            return;
        }

        if (documents.Count == 0)
            sink.BrokenFiles.Add(file);
        if (documents.Exists(document => document.Text("kind") is "Resiliency" or "HTTPEndpoint"))
            sink.ReadOnce[file] = text;

        foreach (var document in documents)
        {
            try
            {
                ReadDocument(document, options, sink);
            }
            catch (ResourceException e)
            {
                sink.Skip(file, e.Message);
            }
            catch (FormatException e)
            {
                sink.Skip(file, $"{document.File}:{document.Line}: {e.Message}");
            }
        }
    }

    private static void ReadDocument(YamlMap document, SidecarOptions options, Sink sink)
    {
        var (version, kind) = (document.Text("apiVersion"), document.Text("kind"));
        if (version is not (V1Alpha1 or V2Alpha1) || !InScope(document, options))
            return;
        switch (kind, version)
        {
            case ("Component", V1Alpha1):
                sink.Add(ComponentReader.Read(document));
                break;
            case ("Subscription", _):
                sink.Subscriptions.Add(SubscriptionReader.Read(document, version));
                break;
            case ("HTTPEndpoint", V1Alpha1):
                sink.Add(ComponentReader.ReadHttpEndpoint(document));
                break;
            case ("Resiliency", V1Alpha1):
                sink.Resiliency = ResiliencyReader.Merge(sink.Resiliency, document);
                break;
        }
    }

    private static bool InScope(YamlMap document, SidecarOptions options)
    {
        var ns = document.Map("metadata")?.Text("namespace");
        if (options.Namespace.Length > 0 && !string.IsNullOrEmpty(ns) && ns != options.Namespace)
            return false;
        var scopes = document.Texts("scopes");
        return scopes.Count == 0 || scopes.Contains(options.AppId);
    }

    private sealed class Sink
    {
        public List<ComponentManifest> Components { get; } = [];

        public List<SubscriptionSpec> Subscriptions { get; } = [];

        public List<HttpEndpointSpec> HttpEndpoints { get; } = [];

        public ResiliencySpec Resiliency { get; set; } = ResiliencySpec.Empty;

        public List<string> Warnings { get; } = [];

        public List<string> BrokenFiles { get; } = [];

        public Dictionary<string, string> ReadOnce { get; } = new(StringComparer.Ordinal);

        /// <summary>Two resources of one kind that share a name: there is no telling which one is meant, so the sidecar must not start.</summary>
        public List<string> Duplicates { get; } = [];

        public void Skip(string file, string reason)
        {
            Warnings.Add(reason);
            BrokenFiles.Add(file);
        }

        public void Add(ComponentManifest component)
        {
            if (Components.Find(other => other.Name == component.Name) is { } twin)
                Duplicates.Add($"component name '{component.Name}' is given twice: {twin.Source} and {component.Source}");
            Components.Add(component);
        }

        public void Add(HttpEndpointSpec endpoint)
        {
            if (HttpEndpoints.Exists(other => other.Name == endpoint.Name))
                Duplicates.Add($"HTTP endpoint name '{endpoint.Name}' is given twice");
            HttpEndpoints.Add(endpoint);
        }
    }
}
