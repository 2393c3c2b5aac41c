using System.Net;
using System.Text;

namespace NexusCart.Tests.Unit.Gateway;

/// <summary>Which cell of orders a request goes to: the one its order is in, where the gateway was told of that; else the founding one, which answers for all.</summary>
public sealed class CellRoutingTests
{
    private const string Rest = "-0a-0197f3d5c2b47c1e9a3b5d7f9a1b3c5d";

    [Theory]
    [InlineData("GET", "/v1/orders/1" + Rest, "orders-1")]
    [InlineData("GET", "/v1/orders/eu2" + Rest, "orders-eu2")]
    [InlineData("POST", "/v1/orders/1" + Rest + "/cancel", "orders-1")]
    [InlineData("GET", "/v1/orders/1" + Rest + "/documents/invoice", "orders-1")]
    [InlineData("POST", "/v1/staff/orders/1" + Rest + "/shipments/s1/move", "orders-1")]
    [InlineData("GET", "/v1/orders/0" + Rest, "orders")]
    [InlineData("GET", "/v1/orders/3" + Rest, "orders")]
    [InlineData("GET", "/v1/orders/EU2" + Rest, "orders")]
    [InlineData("GET", "/v1/orders/1", "orders")]
    [InlineData("GET", "/v1/orders/-1-", "orders")]
    [InlineData("GET", "/v1/orders?text=1" + Rest, "orders")]
    [InlineData("POST", "/v1/checkout", "orders")]
    [InlineData("GET", "/v1/carts/1" + Rest, "carts")]
    [InlineData("GET", "/v1/payments/1" + Rest + "/ledger", "payments")]
    public async Task The_orders_id_says_which_cell(string method, string path, string app)
    {
        await using var host = await GatewayHost.StartAsync(settings: new() { ["ORDERS_CELLS"] = "1, eu2" });
        Assert.Equal(app, await AppOfAsync(host, method, path));
    }

    [Fact]
    public async Task Without_cells_all_goes_to_one()
    {
        await using var host = await GatewayHost.StartAsync();
        Assert.Equal("orders", await AppOfAsync(host, "GET", "/v1/orders/1" + Rest));
    }

    private static async Task<string> AppOfAsync(GatewayHost host, string method, string path)
    {
        using var content = method == "POST" ? new StringContent("{}", Encoding.UTF8, "application/json") : null;
        using var answer = await host.SendAsync(new HttpMethod(method), path, host.Keys.User("a"), content, ("Idempotency-Key", "k"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Assert.Single(host.Sidecar.Arrivals).Headers["dapr-app-id"];
    }
}
