using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace NexusCart.Tests.Architecture;

/// <summary>What dapr.yaml, the component files and the subscriptions keep to.</summary>
public sealed partial class DeploymentRules
{
    private const string SecretsFile = "components/secrets.json";
    private static readonly YamlMappingNode RunFile = Documents(Repository.Files.Single(f => f.Path == "dapr.yaml")).Single();

    /// <summary>The same apps and those of other languages.</summary>
    private static readonly YamlMappingNode PolyglotRunFile = Documents(Repository.Files.Single(f => f.Path == "dapr.polyglot.yaml")).Single();

    [Fact]
    public void Every_subscription_in_code_has_a_dead_letter_topic()
    {
        var subscriptions = (from file in Repository.Code("services", "workflows", "platform")
                             from Match match in Topic().Matches(file.Text)
                             select (file.Path, Statement(file.Text, match.Index))).ToList();
        Assert.NotEmpty(subscriptions);
        Assert.All(subscriptions, s => Assert.True(s.Item2.Contains("DeadLetter", StringComparison.Ordinal), $"{s.Path}: {s.Item2}"));
    }

    [Fact]
    public void Every_declared_subscription_has_a_dead_letter_topic()
    {
        var wrong = from component in Components()
                    where Text(component.Document, "kind") == "Subscription" && Text(Child(component.Document, "spec")!, "deadLetterTopic") is null
                    select component.File;
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_profile_tries_again_what_a_subscriber_refuses()
    {
        foreach (var profile in Components().GroupBy(c => Folder(c.File)))
        {
            var pubsubs = profile.Where(c => Text(c.Document, "kind") == "Component" && Text(Child(c.Document, "spec")!, "type")!.StartsWith("pubsub.", StringComparison.Ordinal))
                .Select(c => Text(Child(c.Document, "metadata")!, "name")!);
            var targets = profile.Where(c => Text(c.Document, "kind") == "Resiliency")
                .Select(c => Child(Child(Child(c.Document, "spec")!, "targets")!, "components")!).ToList();
            foreach (var pubsub in pubsubs)
            {
                Assert.True(targets.Any(t => Child(t, pubsub) is { } target && Child(target, "inbound") is { } inbound && Text(inbound, "retry") is not null),
                    $"{profile.Key} has no inbound retry policy for {pubsub}");
            }
        }
    }

    [Fact]
    public void The_run_file_starts_built_programs_and_builds_nothing()
    {
        foreach (var app in Apps(RunFile))
        {
            var command = ((YamlSequenceNode)app.Children["command"]).Children.Select(c => ((YamlScalarNode)c).Value!).ToList();
            Assert.Equal("dotnet", command[0]);
            Assert.DoesNotContain("run", command);
            var folder = Text(app, "appDirPath")!;
            var project = Repository.Projects.Single(p => p.Folder == folder);
            Assert.Equal($"bin/Debug/net10.0/{project.AssemblyName}.dll", command[1]);
        }
    }

    [Fact]
    public void Every_service_is_started() => Assert.Equal(
        Repository.Projects.Where(p => p.Path.StartsWith("services/", StringComparison.Ordinal)).Select(p => p.Folder).Order(),
        Apps(RunFile).Select(app => Text(app, "appDirPath")!).Where(folder => folder.StartsWith("services/", StringComparison.Ordinal)).Order());

    [Fact]
    public void The_polyglot_run_file_is_the_run_file_and_more()
    {
        Assert.Equal(RunFile.Children["common"], PolyglotRunFile.Children["common"]);
        var (apps, more) = (Apps(RunFile).ToList(), Apps(PolyglotRunFile).ToList());
        Assert.Equal(apps, more.Take(apps.Count));
        Assert.NotEmpty(more.Skip(apps.Count));
        Assert.All(more.Skip(apps.Count), app => Assert.StartsWith("samples/", Text(app, "appDirPath")));
    }

    [Fact]
    public void No_port_is_given_twice_or_may_be_taken_by_the_kernel()
    {
        var ports = Ports(PolyglotRunFile).ToList();
        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1024, 32_767));
    }

    [Fact]
    public void The_run_file_keeps_to_what_swappable_backends_need()
    {
        var common = Child(RunFile, "common")!;
        Assert.Equal("h2c", Text(common, "appProtocol"));
        Assert.Equal("true", Text(common, "enableAppHealthCheck"));
        Assert.True(Directory.Exists(Path.Combine(Repository.Root, Text(common, "embeddedResourcesPath")!)));
        var forDaprd = Path.GetRelativePath(Repository.Root, Path.GetFullPath(Text(common, "resourcesPath")!, Repository.Root));
        Assert.DoesNotContain(Components(), c => Folder(c.File) == forDaprd && Text(c.Document, "kind") == "Component"
            && Text(Child(c.Document, "spec")!, "type")!.EndsWith(".embedded", StringComparison.Ordinal));
    }

    /// <summary>Services name components, and must find the same ones whatever stands behind them.</summary>
    [Fact]
    public void Every_profile_has_the_same_components()
    {
        var profiles = Components().Where(c => Text(c.Document, "kind") == "Component").GroupBy(c => Folder(c.File)).ToList();
        var names = profiles.Select(profile => string.Join(' ', profile.Select(Name).Order(StringComparer.Ordinal)));
        Assert.Single(names.Distinct());
        Assert.True(profiles.Count >= 4);
    }

    /// <summary>What needs a server is loaded only by who uses it; a new service has to be added.</summary>
    [Fact]
    public void Components_of_servers_are_for_every_service_and_for_nobody_else()
    {
        var services = Apps(PolyglotRunFile).Where(app => Text(app, "appDirPath") is { } folder && (folder.StartsWith("services/", StringComparison.Ordinal) || folder.StartsWith("samples/", StringComparison.Ordinal)))
            .Select(app => Text(app, "appID")!).ToList();
        foreach (var component in Components().Where(c => Text(c.Document, "kind") == "Component" && Folder(c.File) != "components/embedded"))
        {
            var scopes = ((YamlSequenceNode)component.Document.Children["scopes"]).Children.Select(scope => ((YamlScalarNode)scope).Value!).ToList();
            // Nobody else writes mails, or knows how to log in where they go out.
            List<string> expected = Name(component) switch { "statestore-orders-1" => [], "mail" => ["notifications"], _ => services };
            Assert.True(expected.Order().SequenceEqual(scopes.Where(scope => scope != "orders-1").Order()),
                $"{component.File}: {Name(component)} is scoped to {string.Join(", ", scopes)}, not to {string.Join(", ", expected)}");
        }
    }

    [Fact]
    public void Addresses_and_passwords_of_servers_come_from_the_secret_store()
    {
        string[] secret = ["redisHost", "redisPassword", "connectionString", "brokers"];
        var items = from component in Components()
                    where Text(component.Document, "kind") == "Component" && Folder(component.File) != "components/embedded"
                    from item in ((Child(component.Document, "spec")!.Children["metadata"] as YamlSequenceNode)!).Children.Cast<YamlMappingNode>()
                    where secret.Contains(Text(item, "name"))
                    select (component.File, Item: item);
        var all = items.ToList();
        Assert.NotEmpty(all);
        Assert.All(all, entry => Assert.NotNull(Child(entry.Item, "secretKeyRef")));
        var known = SecretNames();
        Assert.All(all, entry => Assert.Contains(Text(Child(entry.Item, "secretKeyRef")!, "name")!, known));
    }

    [Fact]
    public void Secrets_of_the_profiles_are_marked_and_exist_nowhere_else()
    {
        var file = Repository.Files.Single(f => f.Path == SecretsFile);
        using var json = System.Text.Json.JsonDocument.Parse(file.Text);
        Assert.All(json.RootElement.EnumerateObject().Where(secret => !LocalAddress().IsMatch(secret.Value.GetString()!)),
            secret => Assert.Contains("development-only", secret.Value.GetString()));
        // The sidecar's tests have secrets of their own, which open nothing.
        Assert.DoesNotContain(Repository.Files.Select(f => f.Path), path =>
            path.EndsWith("secrets.json", StringComparison.Ordinal) && path != file.Path && !path.StartsWith("tests/Sidecar/", StringComparison.Ordinal));
    }

    private static IEnumerable<int> Ports(YamlMappingNode runFile)
    {
        foreach (var app in Apps(runFile))
        {
            foreach (var name in (string[])["appPort", "daprHTTPPort", "daprGRPCPort"])
            {
                if (Text(app, name) is { } port) yield return int.Parse(port);
            }
            if (Child(app, "env") is not { } env) continue;
            foreach (var (key, value) in env.Children)
            {
                if (((YamlScalarNode)key).Value!.EndsWith("_PORT", StringComparison.Ordinal)) yield return int.Parse(((YamlScalarNode)value).Value!);
            }
        }
    }

    private static IEnumerable<YamlMappingNode> Apps(YamlMappingNode runFile) => ((YamlSequenceNode)runFile.Children["apps"]).Children.Cast<YamlMappingNode>();

    private static IEnumerable<(string File, YamlMappingNode Document)> Components() =>
        from file in Repository.Files
        where file.Path.StartsWith("components/", StringComparison.Ordinal) && (file.Path.EndsWith(".yaml", StringComparison.Ordinal) || file.Path.EndsWith(".yml", StringComparison.Ordinal))
        from document in Documents(file)
        select (file.Path, document);

    private static IEnumerable<YamlMappingNode> Documents(SourceFile file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(file.Text));
        return [.. stream.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>()];
    }

    private static string Folder(string file) => file[..file.LastIndexOf('/')];

    private static string Name((string File, YamlMappingNode Document) component) => Text(Child(component.Document, "metadata")!, "name")!;

    private static HashSet<string> SecretNames()
    {
        using var json = System.Text.Json.JsonDocument.Parse(Repository.Files.Single(f => f.Path == SecretsFile).Text);
        return [.. json.RootElement.EnumerateObject().Select(secret => secret.Name)];
    }

    private static YamlMappingNode? Child(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child as YamlMappingNode : null;

    private static string? Text(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out var child) ? (child as YamlScalarNode)?.Value : null;

    /// <summary>From a position to the end of its statement or attribute list.</summary>
    private static string Statement(string text, int start)
    {
        var end = text.IndexOfAny([';', ']'], start);
        return text[start..(end < 0 ? text.Length : end)];
    }

    [GeneratedRegex(@"^127\.0\.0\.1:\d+$")]
    private static partial Regex LocalAddress();

    [GeneratedRegex(@"\.WithTopic\(|\[Topic\(")]
    private static partial Regex Topic();
}
