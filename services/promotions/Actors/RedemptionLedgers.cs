using Dapr.Actors;
using Dapr.Actors.Client;
using Grpc.Core;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;

namespace NexusCart.Promotions.Actors;

/// <summary>Calls the ledgers, with batching per ledger.</summary>
public sealed class RedemptionLedgers
{
    /// <summary>Uses in one call: some five keys each, so that a turn stays short.</summary>
    private const int MaxBatchUses = 512;

    private readonly ActorBatcher<LedgerCommand, LedgerReply> _batcher;
    private readonly Func<string, LedgerPageRequest, CancellationToken, Task<LedgerPage>> _read;
    private readonly ActorBatcherOptions _options = new() { MaxBatchWeight = MaxBatchUses };

    /// <param name="execute">Sends a batch to one ledger.</param>
    /// <param name="read">Asks one ledger for a page of its books.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="logger">Where failed calls are logged.</param>
    public RedemptionLedgers(
        ActorBatchCall<LedgerCommand, LedgerReply> execute,
        Func<string, LedgerPageRequest, CancellationToken, Task<LedgerPage>> read,
        TimeProvider time,
        ILogger<RedemptionLedgers> logger)
    {
        _read = read;
        _batcher = new(execute, _options, time, command => command.Weight, logger);
    }

    /// <summary>The ledgers as actors behind the sidecar.</summary>
    public static RedemptionLedgers OverDapr(IActorProxyFactory proxies, TimeProvider time, ILogger<RedemptionLedgers> logger)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        return new RedemptionLedgers(
            async (id, batch, token) => await ProxyOf(id).InvokeMethodAsync<LedgerCommand[], LedgerReply[]>(
                nameof(IRedemptionLedgerActor.ExecuteAsync), [.. batch], token),
            (id, request, token) => ProxyOf(id).InvokeMethodAsync<LedgerPageRequest, LedgerPage>(
                nameof(IRedemptionLedgerActor.ReadPageAsync), request, token),
            time,
            logger);

        ActorProxy ProxyOf(string id) => proxies.Create(new ActorId(id), nameof(RedemptionLedgerActor));
    }

    /// <summary>Sends one command.</summary>
    /// <exception cref="RpcException">Unavailable: unknown, repeat. ResourceExhausted: too much waits.</exception>
    public Task<LedgerReply> SendAsync(string ledgerId, LedgerCommand command, CancellationToken cancellationToken = default) =>
        _batcher.SendAsync(ledgerId, command, cancellationToken);

    /// <summary>A page of a ledger's books.</summary>
    /// <exception cref="RpcException">Unavailable: the ledger did not answer.</exception>
    public async Task<LedgerPage> ReadPageAsync(string ledgerId, string token, CancellationToken cancellationToken)
    {
        try
        {
            return await _read(ledgerId, new LedgerPageRequest(token), cancellationToken).WaitAsync(_options.CallTimeout, cancellationToken);
        }
        catch (Exception failure) when (failure is not RpcException && !cancellationToken.IsCancellationRequested)
        {
            throw Refusal.Unavailable($"Ledger {ledgerId} did not answer.");
        }
    }
}
