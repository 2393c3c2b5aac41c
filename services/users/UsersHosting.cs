using Dapr.Actors.Runtime;
using NexusCart.Platform;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Calls;
using NexusCart.Users.Actors;
using NexusCart.Users.Api;
using NexusCart.Users.Domain;
using NexusCart.Users.OAuth;

namespace NexusCart.Users;

/// <summary>Puts the accounts together.</summary>
internal static class UsersHosting
{
    private const int Shards = 8;

    public static WebApplicationBuilder AddUsers(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Users").Get<UsersOptions>() ?? new UsersOptions();
        var services = builder.Services;
        services.AddSingleton(options);
        services.AddAggregateShards<AccountShardActor, Account, AccountCommand, AccountAnswer>(
            UsersJson.Default, new AggregateShardOptions { ShardCount = Shards });
        services.AddActor<EmailActor>();
        services.AddActor<GrantActor>();
        services.AddActor<ClientRegistryActor>();
        services.AddActor<KeyRingActor>();
        services.Configure<ActorRuntimeOptions>(actors => actors.ActorIdleTimeout = options.ActorIdleTimeout);
        services.AddSingleton<UserActors>();
        services.AddSingleton<AccountBook>();
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<PersonalData>();
        builder.AddServiceClient<Orders.V1.Orders.OrdersClient>(AppIds.Orders);
        builder.AddServiceClient<Carts.V1.Carts.CartsClient>(AppIds.Carts);
        builder.AddServiceClient<Payments.V1.Payments.PaymentsClient>(AppIds.Payments);
        builder.AddOAuthServer(options);
        return builder;
    }
}
