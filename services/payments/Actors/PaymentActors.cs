using Dapr.Actors;
using Dapr.Actors.Client;
using NexusCart.Payments.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Payments.Actors;

/// <summary>What people have to look at; see <see cref="PaymentDeskActor"/>.</summary>
public interface IPaymentDesk
{
    /// <inheritdoc cref="IPaymentDeskActor.OpenAsync"/>
    Task OpenAsync(PaymentTask task, CancellationToken cancellationToken);

    /// <summary>Ends a task; the first end stays. Null when there is no such task.</summary>
    Task<PaymentTask?> ResolveAsync(TaskResolution resolution, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPaymentDeskActor.ListAsync"/>
    Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPaymentDeskActor.FileAsync"/>
    Task FileAsync(ReconciliationReport report, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPaymentDeskActor.ReportsAsync"/>
    Task<IReadOnlyList<ReconciliationReport>> ReportsAsync(CancellationToken cancellationToken);
}

/// <summary>Customers' wallets; see <see cref="WalletActor"/>.</summary>
public interface IWallets
{
    /// <summary>A customer's wallet.</summary>
    Task<Wallet> ReadAsync(string customerId, CancellationToken cancellationToken);

    /// <summary>Adds a method.</summary>
    Task<Wallet> KeepAsync(string customerId, KeepMethod keep, CancellationToken cancellationToken);

    /// <summary>Forgets a method.</summary>
    Task<Wallet> ForgetAsync(string customerId, string methodId, CancellationToken cancellationToken);

    /// <inheritdoc cref="IWalletActor.CloseAsync"/>
    Task<Wallet> CloseAsync(string customerId, CancellationToken cancellationToken);

    /// <inheritdoc cref="IWalletActor.ForgetCustomerAsync"/>
    Task<Wallet> ForgetCustomerAsync(string customerId, CancellationToken cancellationToken);
}

/// <summary>Calls the actors that stand beside the payments, with a deadline.</summary>
public sealed class PaymentActors(IActorProxyFactory proxies, ILogger<PaymentActors> logger) : IPaymentDesk, IWallets
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(8);

    /// <inheritdoc/>
    public Task OpenAsync(PaymentTask task, CancellationToken cancellationToken) =>
        DeskAsync<PaymentTask, PaymentTask>(nameof(IPaymentDeskActor.OpenAsync), task, cancellationToken);

    /// <inheritdoc/>
    public async Task<PaymentTask?> ResolveAsync(TaskResolution resolution, CancellationToken cancellationToken) =>
        (await DeskAsync<TaskResolution, List<PaymentTask>>(nameof(IPaymentDeskActor.ResolveAsync), resolution, cancellationToken)) is [var task] ? task : null;

    /// <inheritdoc/>
    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken) =>
        DeskAsync<TaskQuery, TaskPage>(nameof(IPaymentDeskActor.ListAsync), query, cancellationToken);

    /// <inheritdoc/>
    public Task FileAsync(ReconciliationReport report, CancellationToken cancellationToken) =>
        DeskAsync<ReconciliationReport, bool>(nameof(IPaymentDeskActor.FileAsync), report, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReconciliationReport>> ReportsAsync(CancellationToken cancellationToken) =>
        await GuardAsync(PaymentDeskActor.OnlyId, nameof(PaymentDeskActor), (proxy, token) =>
            proxy.InvokeMethodAsync<List<ReconciliationReport>>(nameof(IPaymentDeskActor.ReportsAsync), token), cancellationToken);

    /// <inheritdoc/>
    public Task<Wallet> ReadAsync(string customerId, CancellationToken cancellationToken) =>
        WalletAsync(customerId, nameof(IWalletActor.ReadAsync), cancellationToken);

    /// <inheritdoc/>
    public Task<Wallet> CloseAsync(string customerId, CancellationToken cancellationToken) =>
        WalletAsync(customerId, nameof(IWalletActor.CloseAsync), cancellationToken);

    /// <inheritdoc/>
    public Task<Wallet> ForgetCustomerAsync(string customerId, CancellationToken cancellationToken) =>
        WalletAsync(customerId, nameof(IWalletActor.ForgetCustomerAsync), cancellationToken);

    /// <inheritdoc/>
    public Task<Wallet> KeepAsync(string customerId, KeepMethod keep, CancellationToken cancellationToken) =>
        GuardAsync(WalletActor.IdOf(customerId), nameof(WalletActor), (proxy, token) =>
            proxy.InvokeMethodAsync<KeepMethod, Wallet>(nameof(IWalletActor.KeepAsync), keep, token), cancellationToken);

    /// <inheritdoc/>
    public Task<Wallet> ForgetAsync(string customerId, string methodId, CancellationToken cancellationToken) =>
        GuardAsync(WalletActor.IdOf(customerId), nameof(WalletActor), (proxy, token) =>
            proxy.InvokeMethodAsync<string, Wallet>(nameof(IWalletActor.ForgetAsync), methodId, token), cancellationToken);

    private Task<Wallet> WalletAsync(string customerId, string method, CancellationToken cancellationToken) =>
        GuardAsync(WalletActor.IdOf(customerId), nameof(WalletActor), (proxy, token) => proxy.InvokeMethodAsync<Wallet>(method, token), cancellationToken);

    private Task<TAnswer> DeskAsync<TRequest, TAnswer>(string method, TRequest request, CancellationToken cancellationToken) =>
        GuardAsync(PaymentDeskActor.OnlyId, nameof(PaymentDeskActor), (proxy, token) =>
            proxy.InvokeMethodAsync<TRequest, TAnswer>(method, request, token), cancellationToken);

    private async Task<T> GuardAsync<T>(
        string id, string type, Func<ActorProxy, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(CallTimeout);
        try
        {
            return await call(proxies.Create(new ActorId(id), type), deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(failure, "{ActorType} {ActorId} did not answer", type, id);
            throw Refusal.Unavailable("The payments did not answer; the outcome is unknown. Try again.");
        }
    }
}
