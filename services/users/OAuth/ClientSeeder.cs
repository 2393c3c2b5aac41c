using NexusCart.Platform.Security;
using OpenIddict.Abstractions;

namespace NexusCart.Users.OAuth;

/// <summary>Writes the shop's own clients and scopes at start, so that they are as the configuration says.</summary>
internal sealed class ClientSeeder(
    IServiceScopeFactory scopes, ISecrets secrets, UsersOptions options, TimeProvider time, ILogger<ClientSeeder> logger) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>Whether it is done.</summary>
    public bool Done { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!Done)
        {
            try
            {
                await SeedAsync(stoppingToken);
                Done = true;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The sidecar is not there yet, or another replica was faster.
                logger.LogInformation(failure, "The clients could not be written yet");
                await Task.Delay(AfterFailure, time, stoppingToken);
            }
        }
    }

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var known = scope.ServiceProvider.GetRequiredService<IOpenIddictScopeManager>();
        if (await known.FindByNameAsync(ShopClients.ShopScope, cancellationToken) is not { } shop)
            await known.CreateAsync(ShopClients.Shop, cancellationToken);
        else
            await known.UpdateAsync(shop, ShopClients.Shop, cancellationToken);

        var clients = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        OpenIddictApplicationDescriptor[] all =
            [ShopClients.Storefront(options), ShopClients.Operations(secrets), ShopClients.Introspection(secrets), ShopClients.Integrations];
        foreach (var wanted in all)
        {
            if (await clients.FindByClientIdAsync(wanted.ClientId!, cancellationToken) is not { } client)
                await clients.CreateAsync(wanted, cancellationToken);
            else
                await clients.UpdateAsync(client, wanted, cancellationToken);
        }
    }
}
