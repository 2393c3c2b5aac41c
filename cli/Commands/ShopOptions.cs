using System.CommandLine;
using NexusCart.Cli.Shop;

namespace NexusCart.Cli.Commands;

/// <summary>Where the shop is; the same two options on every command that talks to one.</summary>
internal sealed class ShopOptions
{
    private readonly Option<Uri> _http = new("--http")
    {
        Description = "The gateway's public HTTP address.",
        DefaultValueFactory = _ => ShopAddress.Local.Http,
    };

    private readonly Option<Uri> _grpc = new("--grpc")
    {
        Description = "The gateway's public gRPC address.",
        DefaultValueFactory = _ => ShopAddress.Local.Grpc,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_http);
        command.Options.Add(_grpc);
    }

    public ShopAddress Read(ParseResult parsed) => new(parsed.GetRequiredValue(_http), parsed.GetRequiredValue(_grpc));
}
