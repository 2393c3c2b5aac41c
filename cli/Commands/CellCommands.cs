using System.CommandLine;
using NexusCart.Cli.Shop;
using NexusCart.Orders.V1;

namespace NexusCart.Cli.Commands;

/// <summary><c>cells</c>: the deployments that orders is spread over.</summary>
internal static class CellCommands
{
    private static readonly string[] Roles = ["orders.read", "orders.write"];

    public static Command Cells() => new("cells", "Lists the cells of orders, and opens another one while the shop runs.") { List(), Add() };

    private static Command List()
    {
        var shop = new ShopOptions();
        var command = new Command("list", "Names the cells that take orders.");
        shop.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            shop.Read(parsed), (client, token) => client.Orders.ListCellsAsync(new ListCellsRequest(), ShopClient.Headers(token), cancellationToken: cancellation).ResponseAsync, cancellation));
        return command;
    }

    private static Command Add()
    {
        var shop = new ShopOptions();
        var cell = new Argument<string>("cell") { Description = "The cell's name, 1 to 8 of a-z 0-9: that of the app id orders-<cell>, whose processes run already." };
        var command = new Command("add", "Opens a cell for new customers; whoever bought before stays where he is.") { cell };
        shop.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            shop.Read(parsed),
            (client, token) => client.Orders.OpenCellAsync(
                new OpenCellRequest { Cell = parsed.GetValue(cell) }, ShopClient.Headers(token), cancellationToken: cancellation).ResponseAsync,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        ShopAddress address, Func<ShopClient, AccessToken, Task<ListCellsResponse>> call, CancellationToken cancellation)
    {
        using var shop = new ShopClient(address);
        var answer = await call(shop, await shop.GetTokenAsync("operator", Roles, cancellation));
        Console.WriteLine($"Cells: {string.Join(", ", answer.Cells)}");
        return 0;
    }
}
