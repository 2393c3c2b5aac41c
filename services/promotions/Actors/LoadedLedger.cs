using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Promotions.Domain.Redemptions;

namespace NexusCart.Promotions.Actors;

/// <summary>
/// What one turn has loaded of a ledger, and how it is stored. Keys: <c>t</c> the tally of all promotions, <c>p</c> their ids,
/// <c>p:{promotion}</c> the tally of one, <c>u:{promotion}:{customer}</c> a customer's uses, <c>k:{code}</c> the order that uses a
/// generated code, <c>o:{order}</c> an order, <c>ix</c> and <c>ix:{n}</c> the orders that used something.
/// </summary>
internal sealed class LoadedLedger(IActorStateManager state, CancellationToken deadline) : ILedgerView
{
    public const string TotalKey = "t";
    public const string PromotionsKey = "p";

    private readonly Dictionary<string, OrderRedemption?> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> _promotions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), int> _customers = [];
    private readonly Dictionary<string, string?> _codes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _passing = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Tally Total { get; private set; } = Tally.Zero;

    /// <inheritdoc/>
    public OrderRedemption? Order(string orderId) => _orders[orderId];

    /// <inheritdoc/>
    public Tally Promotion(string promotionId) => _promotions[promotionId];

    /// <inheritdoc/>
    public int UsesBy(string promotionId, string customerId) => _customers[(promotionId, customerId)];

    /// <inheritdoc/>
    public string? HolderOf(string singleUseCode) => _codes[singleUseCode];

    /// <summary>Reads everything that a batch touches.</summary>
    public async Task LoadAsync(LedgerCommand[] batch)
    {
        Total = await ReadAsync<Tally>(TotalKey) ?? Tally.Zero;
        foreach (var command in batch)
        {
            switch (command)
            {
                case RedeemUses redeem:
                    await LoadOrderAsync(redeem.OrderId);
                    foreach (var demand in redeem.Demands)
                        await LoadUseAsync(demand.Use, redeem.CustomerId);
                    break;
                case RestoreUses restore:
                    await LoadOrderAsync(restore.OrderId);
                    break;
                case CountUses count:
                    foreach (var promotionId in count.PromotionIds)
                        await LoadUseAsync(new Use(promotionId, 0), count.CustomerId);
                    foreach (var code in count.SingleUseCodes)
                        await LoadCodeAsync(code);
                    break;
            }
        }
    }

    /// <summary>Puts what a turn changed into the state manager; says which orders are new to the index.</summary>
    public async Task<IReadOnlyList<string>> WriteAsync(LedgerTurn turn)
    {
        if (!ReferenceEquals(turn.Total, Total))
            await state.SetStateAsync(TotalKey, turn.Total, deadline);
        foreach (var (promotionId, tally) in turn.Promotions)
            await state.SetStateAsync(PromotionKey(promotionId), tally, deadline);
        foreach (var ((promotionId, customerId), uses) in turn.Customers)
            await state.SetStateAsync(CustomerKey(promotionId, customerId), uses, deadline);
        foreach (var (code, holder) in turn.Codes)
            await state.SetStateAsync(CodeKey(code), holder ?? "", deadline);
        foreach (var order in turn.Orders)
            await state.SetStateAsync(OrderKey(order.OrderId), order, deadline);
        await NotePromotionsAsync(turn.Promotions.Keys.Where(id => _promotions[id].Spent.Count == 0));
        return [.. turn.Orders.Where(order => order.CustomerId.Length > 0 && order.Status is not RedemptionStatus.Refused && _orders[order.OrderId] is null)
            .Select(order => order.OrderId)];
    }

    /// <summary>After the turn: what only one order needs, needs no memory any more.</summary>
    public async Task EndAsync()
    {
        foreach (var key in _passing)
            await state.UnloadStateAsync(key);
    }

    /// <summary>Reads an order, for the books.</summary>
    public async Task<OrderRedemption?> ReadOrderAsync(string orderId)
    {
        await LoadOrderAsync(orderId);
        return _orders[orderId];
    }

    /// <summary>Reads the tallies of all promotions, for the books.</summary>
    public async Task<IReadOnlyDictionary<string, Tally>> ReadPromotionsAsync()
    {
        var tallies = new Dictionary<string, Tally>(StringComparer.Ordinal);
        foreach (var id in await ReadAsync<List<string>>(PromotionsKey) ?? [])
            tallies[id] = await ReadAsync<Tally>(PromotionKey(id)) ?? Tally.Zero;
        return tallies;
    }

    private async Task NotePromotionsAsync(IEnumerable<string> used)
    {
        var known = await ReadAsync<List<string>>(PromotionsKey) ?? [];
        var fresh = used.Except(known, StringComparer.Ordinal).ToList();
        if (fresh.Count > 0)
            await state.SetStateAsync<List<string>>(PromotionsKey, [.. known, .. fresh], deadline);
    }

    private async Task LoadOrderAsync(string orderId)
    {
        if (_orders.ContainsKey(orderId))
            return;
        var order = _orders[orderId] = await ReadAsync<OrderRedemption>(OrderKey(orderId), passing: true);
        foreach (var use in order?.Uses ?? [])
            await LoadUseAsync(use, order!.CustomerId);
    }

    private async Task LoadUseAsync(Use use, string customerId)
    {
        if (!_promotions.ContainsKey(use.PromotionId))
            _promotions[use.PromotionId] = await ReadAsync<Tally>(PromotionKey(use.PromotionId)) ?? Tally.Zero;
        if (!_customers.ContainsKey((use.PromotionId, customerId)))
            _customers[(use.PromotionId, customerId)] = await ReadAsync<int>(CustomerKey(use.PromotionId, customerId), passing: true);
        if (use.SingleUseCode is { } code)
            await LoadCodeAsync(code);
    }

    private async Task LoadCodeAsync(string code)
    {
        if (!_codes.ContainsKey(code))
            _codes[code] = await ReadAsync<string>(CodeKey(code), passing: true) is { Length: > 0 } holder ? holder : null;
    }

    private async Task<T?> ReadAsync<T>(string key, bool passing = false)
    {
        if (passing)
            _passing.Add(key);
        var stored = await state.TryGetStateAsync<T>(key, deadline);
        return stored.HasValue ? stored.Value : default;
    }

    private static string PromotionKey(string promotionId) => $"p:{promotionId}";

    private static string CustomerKey(string promotionId, string customerId) => $"u:{promotionId}:{StateKeys.Escape(customerId)}";

    private static string CodeKey(string code) => $"k:{code}";

    private static string OrderKey(string orderId) => $"o:{orderId}";
}
