using Dapr.Workflow;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NexusCart.Platform.Calls;
using NexusCart.Workflows.Checkout.Activities;

namespace NexusCart.Workflows.Checkout;

/// <summary>Makes a host run the checkout saga.</summary>
public static class CheckoutRegistration
{
    /// <summary>
    /// Registers the saga and its activities. The host adds besides: an <see cref="IOrderJournal"/> and the gRPC clients of
    /// inventory, payments and promotions.
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
        });
    }
}
