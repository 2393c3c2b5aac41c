using System.Text.Json;
using NexusCart.Sidecar.Cel;

namespace NexusCart.Tests.Sidecar.Cel;

public sealed class CelExpressionTests
{
    private static readonly JsonElement Event = JsonDocument.Parse("""
        {"type": "vip", "source": "shop", "data": {"amount": 150, "kind": "x", "tags": ["a", "b"], "none": null, "deep": {"on": true},
         "text": "12", "lines": [{"sku": "A", "n": 1}, {"sku": "B", "n": 3}]}}
        """).RootElement;

    [Theory]
    [InlineData("event.type == \"vip\"")]
    [InlineData("event.type == 'vip' && event.data.amount > 100")]
    [InlineData("has(event.data.amount) && int(event.data.amount) > 100")]
    [InlineData("!has(event.data.absent)")]
    [InlineData("event.data.kind in [\"x\", \"y\"]")]
    [InlineData("'a' in event.data.tags && !('z' in event.data.tags)")]
    [InlineData("'amount' in event.data")]
    [InlineData("event.type.startsWith('v') && event.type.endsWith('ip') && event.type.contains('i')")]
    [InlineData("event.type.matches('^v[a-z]+$') && matches(event.type, 'ip')")]
    [InlineData("event['type'] == \"vip\" && event.data.tags[1] == 'b'")]
    [InlineData("event.data.deep.on")]
    [InlineData("event.data.none == null")]
    [InlineData("size(event.data.tags) == 2 && event.type.size() == 3")]
    [InlineData("event.data.lines.exists(l, l.sku == 'B' && l.n == 3.0)")]
    [InlineData("event.data.lines.all(l, l.n > 0) && event.data.lines.exists_one(l, l.n > 2)")]
    [InlineData("event.data.lines.filter(l, l.n > 2).map(l, l.sku) == ['B']")]
    [InlineData("int(event.data.text) + 3 * 2 == 18 && 7 % 4 == 3 && -2 < 1 && 7 / 2 == 3")]
    [InlineData("(event.data.amount >= 150 ? 'big' : 'small') == 'big'")]
    [InlineData("event.data.absent == 1 || true")]
    [InlineData("true || event.data.absent == 1")]
    [InlineData("!(event.data.absent == 1 && false)")]
    [InlineData("1 == 1.0 && 'a' < 'b' && 1 != 'a'")]
    [InlineData("'\\u00e4\\n\"' == \"ä\\n\\\"\" && r'\\d' == '\\\\d' && 0x10 == 16")]
    [InlineData("string(1) + 'x' == '1x' && double('1.5') == 1.5 && bool('true')")]
    public void Holds(string text) => Assert.True(CelExpression.Parse(text).EvaluateBoolean(Variables));

    [Theory]
    [InlineData("event.data.absent == 1")]
    [InlineData("event.data.absent.deeper")]
    [InlineData("event.type.member == 1")]
    [InlineData("event.data.tags[9] == 'x'")]
    [InlineData("event.data.amount + 1 == 151")]
    [InlineData("event.type > 5")]
    [InlineData("event.type")]
    [InlineData("unknown == 1")]
    [InlineData("1 / 0 == 1")]
    [InlineData("9223372036854775807 + 1 == 0")]
    [InlineData("event.type.matches('(')")]
    [InlineData("!event.type")]
    [InlineData("event.data.absent == 1 || false")]
    public void Has_no_truth(string text) =>
        Assert.Throws<CelException>(() => CelExpression.Parse(text).EvaluateBoolean(Variables));

    [Theory]
    [InlineData("")]
    [InlineData("event.type ==")]
    [InlineData("event.type = 'x'")]
    [InlineData("(1 == 1")]
    [InlineData("'open")]
    [InlineData("nope(1)")]
    [InlineData("size(1, 2)")]
    [InlineData("has(1)")]
    [InlineData("1 == 1 1")]
    [InlineData("a.exists(1, true)")]
    [InlineData("'\\q'")]
    [InlineData("#")]
    public void Is_refused(string text) => Assert.Throws<CelException>(() => CelExpression.Parse(text));

    [Fact]
    public void Deep_nesting_is_refused_before_it_overflows_the_stack() =>
        Assert.Throws<CelException>(() => CelExpression.Parse(new string('(', 100_000)));

    [Fact]
    public void Counts_of_a_circuit_breaker_are_plain_numbers() => Assert.True(
        CelExpression.Parse("consecutiveFailures >= 2 && requests > 3")
            .EvaluateBoolean(name => name == "requests" ? 4 : 2u));

    private static object? Variables(string name) =>
        name == "event" ? Event : throw new CelException($"undeclared reference to '{name}'");
}
