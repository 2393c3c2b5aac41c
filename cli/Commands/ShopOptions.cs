using System.CommandLine;
using System.CommandLine.Parsing;
using NexusCart.Cli.Shop;

namespace NexusCart.Cli.Commands;

/// <summary>Where the shop is; the same two options on every command that talks to one.</summary>
internal sealed class ShopOptions
{
    private readonly Option<Uri> _http = new("--http")
    {
        Description = "The gateway's public HTTP address.",
        DefaultValueFactory = _ => ShopAddress.Local.Http,
        CustomParser = ParseAddress,
    };

    private readonly Option<Uri> _grpc = new("--grpc")
    {
        Description = "The gateway's public gRPC address.",
        DefaultValueFactory = _ => ShopAddress.Local.Grpc,
        CustomParser = ParseAddress,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_http);
        command.Options.Add(_grpc);
    }

    public ShopAddress Read(ParseResult parsed) => new(parsed.GetRequiredValue(_http), parsed.GetRequiredValue(_grpc));

    private static Uri? ParseAddress(ArgumentResult result)
    {
        if (result.Tokens is [var token] && Uri.TryCreate(token.Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return address;
        result.AddError("An address must be absolute, like http://localhost:8080.");
        return null;
    }
}
