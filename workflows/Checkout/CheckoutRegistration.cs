using Dapr.Workflow;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NexusCart.Platform.Calls;
using NexusCart.Workflows.Checkout.Activities;
using NexusCart.Workflows.Fulfilment;
using NexusCart.Workflows.Fulfilment.Activities;
using NexusCart.Workflows.Returns;
using NexusCart.Workflows.Returns.Activities;

namespace NexusCart.Workflows.Checkout;

/// <summary>Makes a host run the checkout saga and those that follow it.</summary>
public static class CheckoutRegistration
{
    /// <summary>
    /// Registers the sagas and their activities. The host adds besides: an <see cref="IOrderJournal"/>, an
    /// <see cref="IAfterSalesJournal"/> and the gRPC clients of inventory, payments and promotions.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddCheckoutSaga(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<StepCaller>();
        return services.AddDaprWorkflow(options =>
        {
            options.UseGrpcChannelOptions(SidecarChannel.Options());
            options.RegisterWorkflow<CheckoutWorkflow>();
            options.RegisterWorkflow<CheckoutRepairWorkflow>();
            options.RegisterActivity<ReserveActivity>();
            options.RegisterActivity<RedeemActivity>();
            options.RegisterActivity<AuthoriseActivity>();
            options.RegisterActivity<ReadPaymentActivity>();
            options.RegisterActivity<ConfirmActivity>();
            options.RegisterActivity<CaptureActivity>();
            options.RegisterActivity<CompleteActivity>();
            options.RegisterActivity<ReleaseActivity>();
            options.RegisterActivity<RestoreActivity>();
            options.RegisterActivity<VoidActivity>();
            options.RegisterActivity<RestockActivity>();
            options.RegisterActivity<RefundActivity>();
            options.RegisterActivity<CancelActivity>();
            options.RegisterActivity<ParkActivity>();
            options.RegisterWorkflow<FulfilmentWorkflow>();
            options.RegisterActivity<PlanShipmentsActivity>();
            options.RegisterWorkflow<CancelOrderWorkflow>();
            options.RegisterWorkflow<RefundWorkflow>();
            options.RegisterWorkflow<ReturnWorkflow>();
            options.RegisterActivity<GiveBackActivity>();
            options.RegisterActivity<PutBackActivity>();
            options.RegisterActivity<EndCancelActivity>();
            options.RegisterActivity<EndRefundActivity>();
            options.RegisterActivity<ReadReturnActivity>();
            options.RegisterActivity<ExpireReturnActivity>();
            options.RegisterActivity<EndReturnActivity>();
        });
    }
}
