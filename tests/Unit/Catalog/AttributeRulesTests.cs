using NexusCart.Catalog.Domain;
using NexusCart.Catalog.Domain.Structure;

namespace NexusCart.Tests.Unit.Catalog;

public sealed class AttributeRulesTests
{
    private static readonly AttributeDefinition Power = Define("power", AttributeKind.Number) with { Unit = "W", Minimum = 1, Maximum = 100 };
    private static readonly AttributeDefinition Energy = Define("energy", AttributeKind.Choice) with { Values = ["A", "B"] };
    private static readonly AttributeDefinition Ports = Define("ports", AttributeKind.List) with { Values = ["usb", "hdmi"] };

    public static TheoryData<AttributeDefinition, ProductAttribute, bool> Values => new()
    {
        { Define("x", AttributeKind.Text), new(Text: "red"), true },
        { Define("x", AttributeKind.Text), new(Number: 1), false },
        { Define("x", AttributeKind.Flag), new(Flag: false), true },
        { Define("x", AttributeKind.Flag), new(Text: "no"), false },
        { Power, new(Number: 100), true },
        { Power, new(Number: 100.5), false },
        { Power, new(Number: 0), false },
        { Power, new(Text: "40"), false },
        { Energy, new(Text: "B"), true },
        { Energy, new(Text: "C"), false },
        { Ports, new(List: ["hdmi", "usb"]), true },
        { Ports, new(List: ["vga"]), false },
        { Ports, new(Text: "usb"), false },
        { Define("x", AttributeKind.List), new(List: ["anything"]), true },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_keep_to_their_kind(AttributeDefinition definition, ProductAttribute value, bool fine)
    {
        var product = ProductRulesTests.Sample() with { Attributes = new Dictionary<string, ProductAttribute> { [definition.Name] = value } };
        var fault = AttributeRules.Check(product, new Dictionary<string, AttributeDefinition> { [definition.Name] = definition });
        Assert.Equal(fine ? null : $"attributes.{definition.Name}", fault?.Field);
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData("home", true, false)]
    [InlineData("hom", true, true)]
    [InlineData("home/lighting/desk", true, true)]
    [InlineData("", false, true)]
    public void What_is_required_is_required_of_active_products_where_it_says(string category, bool active, bool fine)
    {
        var required = Define("watt", AttributeKind.Number) with { Required = true, RequiredIn = category };
        var fault = AttributeRules.Check(ProductRulesTests.Sample(active: active), new Dictionary<string, AttributeDefinition> { ["watt"] = required });
        Assert.Equal(fine ? null : "attributes.watt", fault?.Field);
    }

    [Fact]
    public void Names_without_a_definition_are_free() =>
        Assert.Null(AttributeRules.Check(ProductRulesTests.Sample(), new Dictionary<string, AttributeDefinition>()));

    public static TheoryData<string, AttributeDefinition> Faults => new()
    {
        { "name", Define("", AttributeKind.Text) },
        { "definition.label", Define("x", AttributeKind.Text) with { Label = "" } },
        { "definition.unit", Define("x", AttributeKind.Text) with { Unit = "cm" } },
        { "definition.minimum", Define("x", AttributeKind.Text) with { Minimum = 1 } },
        { "definition.maximum", Power with { Maximum = 0 } },
        { "definition.values", Define("x", AttributeKind.Choice) },
        { "definition.values", Energy with { Values = ["A", "A"] } },
        { "definition.values", Power with { Values = ["1"] } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_definition_is_named(string field, AttributeDefinition definition) => Assert.Equal(field, definition.Check()?.Field);

    private static AttributeDefinition Define(string name, AttributeKind kind) =>
        new(name, "Label", kind, "", null, null, [], Required: false, "", Deleted: false, 0, default);
}
