using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd.Attacks;

/// <summary>Input that nobody expects, on every route that takes any, with every role: it is refused, never a fault of the shop's.</summary>
[Collection(EmbeddedShop.Name)]
public sealed class OddInputAttackTests(EmbeddedShop shop) : ShopTests(shop)
{
    /// <summary>In the place of an id, as they stand in a path.</summary>
    private static readonly string[] Ids =
    [
        "-1", "0", "99999999999999999999", "NaN", "%00", "%0d%0aset-cookie:x", "..%2f..%2fx", "%25%32%65", "%f0%9f%92%a9", "%c0%af", "'%20OR%201=1--",
        "0-00-00000000000000000000000000000000", "0-ff-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d", "sale-x-2147483648", "saved_x", "%7b%7d", new string('a', 3_000),
    ];

    private static readonly string[] Bodies =
    [
        "", "null", "[]", "\"x\"", "{", "{\"\\u0000\":1}", "{\"x\":1e400}", "{\"quantity\":-2147483649}", "{\"lines\":[null]}", "{\"lines\":{\"a\":1}}",
        "{\"a\":1,\"a\":2}", "{\"reason\":\"\\ud800\"}", "{\"\\udc00\":1}", "{\"x\":{\"\\ud800\":[]}}", new string('[', 5_000),
        "{\"lines\":[" + string.Join(",", Enumerable.Repeat("{\"sku\":\"X\",\"quantity\":1}", 1_000)) + "]}",
    ];

    [Fact]
    public async Task Odd_ids_are_refused()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var insider = await attacker.TokenAsync("insider", AccessTable.Roles);
        var targets = AccessTable.Rpcs.Where(rpc => rpc.IsPublic && rpc.Template.Contains('{', StringComparison.Ordinal)).SelectMany(_ => Ids, (rpc, id) => (rpc, id));
        await Attacker.EachAsync(targets, async target =>
            Judge(await attacker.SendAsync(target.rpc.Verb, target.rpc.Path(target.id), insider), $"{target.rpc} {Begin(target.id)}"));
    }

    [Fact]
    public async Task Odd_bodies_are_refused()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var insider = await attacker.TokenAsync("insider", AccessTable.Roles);
        var targets = AccessTable.Rpcs.Where(rpc => rpc.Verb is "POST" or "PUT" or "PATCH").SelectMany(_ => Bodies, (rpc, body) => (rpc, body));
        await Attacker.EachAsync(targets, async target =>
            Judge(await attacker.SendAsync(target.rpc.Verb, target.rpc.Path("odd"), insider, target.body), $"{target.rpc} {Begin(target.body)}"));
    }

    [Fact]
    public async Task Odd_queries_are_refused()
    {
        using var attacker = new Attacker(Fixture.Shop);
        var insider = await attacker.TokenAsync("insider", AccessTable.Roles);
        string[] queries =
        [
            "?pageSize=-1", "?pageSize=99999999999", "?pageToken=%00", "?pageToken=AAAA", "?pageToken=%f0%9f%92%a9", "?status=NO", "?from=yesterday",
            "?pageSize=1&pageSize=2", "?nothing=1", "?=&&=", "?pageToken=" + new string('9', 2_000),
        ];
        var targets = AccessTable.Rpcs.Where(rpc => rpc.Verb == "GET").SelectMany(_ => queries, (rpc, query) => (rpc, query));
        await Attacker.EachAsync(targets, async target =>
            Judge(await attacker.SendAsync("GET", target.rpc.Path("1") + target.query, insider), $"{target.rpc} {Begin(target.query)}"));
    }

    private static string Begin(string text) => text[..Math.Min(40, text.Length)];

    private static string? Judge(ShopAnswer answer, string what)
    {
        if (answer.Status >= 500)
            return $"{what}: {Attacker.Show(answer)}";
        // A refusal is a problem document, and what it says of the inside is nothing.
        if (answer.Status >= 400 && answer.Status is not (414 or 431) && answer.Body.Length > 0 && answer.ContentType != "application/problem+json")
            return $"{what}: {Attacker.Show(answer)}";
        return answer.Body.Contains("   at ", StringComparison.Ordinal) || answer.Body.Contains("Exception", StringComparison.Ordinal) ? $"{what} tells of the inside: {Attacker.Show(answer)}" : null;
    }
}
