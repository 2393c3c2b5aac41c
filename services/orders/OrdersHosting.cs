using Dapr.Actors.Client;
using NexusCart.Orders.Actors;
using NexusCart.Orders.AfterSales;
using NexusCart.Orders.Api;
using NexusCart.Orders.Cells;
using NexusCart.Orders.Checkout;
using NexusCart.Orders.Domain;
using NexusCart.Orders.Errands;
using NexusCart.Orders.Events;
using NexusCart.Orders.Papers;
using NexusCart.Orders.Pricing;
using NexusCart.Platform.Actors;
using NexusCart.Workflows.Checkout;
using NexusCart.Workflows.Returns;

namespace NexusCart.Orders;

/// <summary>What orders is made of.</summary>
internal static class OrdersHosting
{
    // An order of 200 lines is some 50 KB, and a call's answer must stay below 4 MB.
    private const int MaxBatch = 64;
    private const int IndexChunk = 64;

    /// <summary>Settings, shards, saga and the rest.</summary>
    public static void AddOrders(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var section = builder.Configuration.GetSection(OrdersOptions.Section);
        services.AddOptions<OrdersOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();

        var (cell, inCells) = (section.GetValue(nameof(OrdersOptions.Cell), ManyCells.Founding)!, section.GetValue<bool>(nameof(OrdersOptions.InCells)));
        var batching = new ActorBatcherOptions { MaxBatchSize = MaxBatch };
        services.AddAggregateShards<OrderActor, Order, OrderCommand, OrderAnswer>(
            OrderActorJson.Default,
            new AggregateShardOptions
            {
                ShardCount = section.GetValue(nameof(OrdersOptions.ShardCount), new OrdersOptions().ShardCount),
                IndexChunkSize = IndexChunk,
                RepairInterval = TimeSpan.FromSeconds(5),
                // A start waits for the saga's first turn.
                PublishTimeout = TimeSpan.FromSeconds(15),
            },
            batching,
            actorType: OrdersOptions.ActorTypeOf(cell));
        services.AddSingleton<OrderStore>();
        // The founding cell keeps the books of all: there is one audit log, and one series of invoices.
        if (cell == ManyCells.Founding)
        {
            services.AddActor<AuditLogActor>();
            services.AddActor<TaskDeskActor>();
            services.AddActor<DocumentSeriesActor>();
            services.AddActor<CustomerActor>();
            services.AddActor<CellsActor>();
        }

        services.AddSingleton<IOrderCells>(provider =>
        {
            var own = provider.GetRequiredService<ShardClient<Order, OrderCommand, OrderAnswer>>();
            return inCells
                ? new ManyCells(
                    own, cell, provider.GetRequiredService<IOrderBooks>(), provider.GetRequiredService<IActorProxyFactory>(), batching,
                    provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ManyCells>>())
                : new SingleCell(own, cell);
        });
        services.AddSingleton<IOrderBooks, OrderBooks>();
        services.AddSingleton<CellOpener>();
        services.AddSingleton<ErrandRunner>();

        services.AddSingleton<OrderWatch>();
        services.AddSingleton<IOrderJournal, OrderJournal>();
        services.AddSingleton<ISagaEngine, SagaEngine>();
        services.AddSingleton<CheckoutStarter>();
        services.AddSingleton<OrderRepair>();
        services.AddSingleton<PaymentNews>();
        services.AddHostedService<OrderSweeper>();
        services.AddSingleton<IAfterSalesJournal, AfterSalesJournal>();
        services.AddSingleton<FulfilmentStarter>();
        services.AddSingleton<ErasureDesk>();
        services.AddSingleton<IErasureLooks>(provider => provider.GetRequiredService<ErasureDesk>());
        services.AddCheckoutSaga();

        services.AddOptions<TaxOptions>().Bind(builder.Configuration.GetSection(TaxOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ShippingOptions>().Bind(builder.Configuration.GetSection(ShippingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ITaxCalculator, TaxTable>();
        services.AddSingleton<IShippingRates, ShippingTable>();
        services.AddSingleton<IPromotions, PromotionDesk>();
        services.AddSingleton<PriceDesk>();
        services.AddSingleton<QuoteReader>();
        services.AddSingleton<CheckoutDesk>();
        services.AddSingleton<OrderLists>();
        services.AddSingleton<OrderClaims>();
        services.AddOptions<PaperOptions>().Bind(builder.Configuration.GetSection(PaperOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<PaperDesk>();
    }
}
