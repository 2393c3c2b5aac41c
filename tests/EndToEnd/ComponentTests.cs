using System.Text.RegularExpressions;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>What the profile's files declare is what runs: a suite that is green on another backend proves nothing.</summary>
public abstract partial class ComponentTests(ShopFixture fixture) : ShopTests(fixture)
{
    [Fact]
    public async Task Every_component_for_orders_is_loaded_with_its_type()
    {
        var declared = Directory.EnumerateFiles(Path.Combine(RepoPaths.Components, Fixture.Folder), "*.yaml")
            .SelectMany(file => File.ReadAllText(file).Split("\n---\n"))
            .Where(document => document.Contains("kind: Component", StringComparison.Ordinal) && !document.Contains("scopes: [orders-1]", StringComparison.Ordinal)
                && !document.Contains("scopes: [notifications]", StringComparison.Ordinal))
            .Select(document => (Name: Name().Match(document).Groups[1].Value, Type: Kind().Match(document).Groups[1].Value))
            .ToList();

        var loaded = await Fixture.ComponentsAsync("orders");

        Assert.Equal(6, declared.Count);
        Assert.Equal(declared.Order(), loaded.Select(component => (component.Key, component.Value)).Order());
    }

    [GeneratedRegex(@"metadata: \{ name: (\S+) \}")]
    private static partial Regex Name();

    [GeneratedRegex(@"(?m)^  type: (\S+)$")]
    private static partial Regex Kind();
}
