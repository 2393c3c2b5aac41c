using Dapr.Actors;
using Dapr.Actors.Client;
using NexusCart.Platform.Errors;
using NexusCart.Users.Domain;

namespace NexusCart.Users.Actors;

/// <summary>Calls the actors that stand beside the accounts, with a deadline.</summary>
public sealed class UserActors(IActorProxyFactory proxies, UsersOptions options, ILogger<UserActors> logger)
{
    /// <summary>Whose an address is, after claiming it for a user id.</summary>
    public Task<string> ClaimEmailAsync(string email, string userId, CancellationToken cancellationToken) =>
        CallAsync<string, string>(EmailActor.IdOf(email), nameof(EmailActor), nameof(IEmailActor.ClaimAsync), userId, cancellationToken);

    /// <summary>Whose an address is; empty when nobody's.</summary>
    public Task<string> FindEmailAsync(string email, CancellationToken cancellationToken) =>
        CallAsync<string>(EmailActor.IdOf(email), nameof(EmailActor), nameof(IEmailActor.FindAsync), cancellationToken);

    /// <summary>The signing keys.</summary>
    public Task<KeyRing> KeysAsync(CancellationToken cancellationToken) =>
        CallAsync<KeyRing>(KeyRingActor.OnlyId, nameof(KeyRingActor), nameof(IKeyRingActor.CurrentAsync), cancellationToken);

    /// <summary>Clients and scopes.</summary>
    public Task<RegistryContent> RegistryAsync(CancellationToken cancellationToken) =>
        CallAsync<RegistryContent>(
            ClientRegistryActor.OnlyId, nameof(ClientRegistryActor), nameof(IClientRegistryActor.ReadAsync), cancellationToken);

    /// <summary>Writes to the registry of clients and scopes.</summary>
    public Task<bool> RegisterAsync<TRecord>(string method, TRecord record, CancellationToken cancellationToken) =>
        CallAsync<TRecord, bool>(ClientRegistryActor.OnlyId, nameof(ClientRegistryActor), method, record, cancellationToken);

    /// <summary>Asks a grant.</summary>
    public Task<TAnswer> GrantAsync<TAnswer>(string grantId, string method, CancellationToken cancellationToken) =>
        CallAsync<TAnswer>(grantId, nameof(GrantActor), method, cancellationToken);

    /// <summary>Asks a grant.</summary>
    public Task<TAnswer> GrantAsync<TRequest, TAnswer>(string grantId, string method, TRequest request, CancellationToken cancellationToken) =>
        CallAsync<TRequest, TAnswer>(grantId, nameof(GrantActor), method, request, cancellationToken);

    private Task<TAnswer> CallAsync<TAnswer>(string id, string type, string method, CancellationToken cancellationToken) =>
        GuardAsync(id, type, token => Proxy(id, type).InvokeMethodAsync<TAnswer>(method, token), cancellationToken);

    private Task<TAnswer> CallAsync<TRequest, TAnswer>(
        string id, string type, string method, TRequest request, CancellationToken cancellationToken) =>
        GuardAsync(id, type, token => Proxy(id, type).InvokeMethodAsync<TRequest, TAnswer>(method, request, token), cancellationToken);

    private ActorProxy Proxy(string id, string type) => proxies.Create(new ActorId(id), type);

    private async Task<T> GuardAsync<T>(string id, string type, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.CallTimeout);
        try
        {
            return await call(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(failure, "{ActorType} {ActorId} did not answer", type, id);
            throw Refusal.Unavailable("The accounts did not answer; the outcome is unknown. Try again.");
        }
    }
}
