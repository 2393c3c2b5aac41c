using System.CommandLine;
using Grpc.Core;
using NexusCart.Cli.Commands;
using Spectre.Console;

var root = new RootCommand("nexuscart: fills, tries and audits a NexusCart shop through its gateway.")
{
    ImportCommands.Import(),
    ExportCommands.Export(),
    ImportCommands.Generate(),
    ImportCommands.Seed(),
    ShopCommands.Demo(),
    ShopCommands.Audit(),
    CellCommands.Cells(),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is RpcException or HttpRequestException or TimeoutException or IOException or NotSupportedException)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{e.Message}[/]");
    return 1;
}
