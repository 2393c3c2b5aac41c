using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Providers;
using NexusCart.Payments.V1;
using NexusCart.Platform.Errors;
using NexusCart.Platform.Security;

namespace NexusCart.Payments.Api;

/// <summary>What a customer pays with. Everything here is about the caller's own wallet: whose it is, only the token says.</summary>
public sealed partial class PaymentsService
{
    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override Task<ListProvidersResponse> ListProviders(ListProvidersRequest request, ServerCallContext context)
    {
        var answer = new ListProvidersResponse();
        answer.Providers.AddRange(providers.All.Select(provider => new PaymentProvider { Provider = provider.Name, Available = provider.IsAvailable }));
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<ListPaymentMethodsResponse> ListPaymentMethods(ListPaymentMethodsRequest request, ServerCallContext context)
    {
        var answer = new ListPaymentMethodsResponse();
        answer.Methods.AddRange((await wallet.ListAsync(context.CustomerId(), context.CancellationToken)).Select(ToMessage));
        return answer;
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<PaymentMethod> SavePaymentMethod(SavePaymentMethodRequest request, ServerCallContext context)
    {
        PaymentRequests.Check(request);
        try
        {
            return ToMessage(await wallet.SaveAsync(context.CustomerId(), request.Token, context.CancellationToken));
        }
        catch (ProviderRefusedException refused)
        {
            throw Refusal.Precondition("payment_method_refused", refused.Message);
        }
        catch (Exception unknown) when (unknown is OutcomeUnknownException or KeySpentException)
        {
            throw Refusal.Unavailable(unknown.Message);
        }
    }

    /// <inheritdoc/>
    [Authorize(Policies.Customer)]
    public override async Task<DeletePaymentMethodResponse> DeletePaymentMethod(DeletePaymentMethodRequest request, ServerCallContext context)
    {
        PaymentRequests.Check(request);
        try
        {
            return await wallet.DeleteAsync(context.CustomerId(), request.MethodId, context.CancellationToken)
                ? new DeletePaymentMethodResponse()
                : throw Refusal.NotFound("payment method", request.MethodId);
        }
        catch (Exception unknown) when (unknown is OutcomeUnknownException or KeySpentException)
        {
            throw Refusal.Unavailable(unknown.Message);
        }
    }

    /// <summary>The instrument of a saved method, which must be the customer's own; null for a token of the provider.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: he has no such method, and the payment was not begun with it before.</exception>
    private async Task<Instrument?> ResolveAsync(AuthorizeRequest request, CancellationToken cancellationToken)
    {
        if (!request.PaymentMethod.StartsWith(Wallet.Prefix, StringComparison.Ordinal))
            return null;
        if (await wallet.ResolveAsync(request.CustomerId, request.PaymentMethod, cancellationToken) is { } instrument)
            return instrument;
        // Removed since the first attempt: the payment remembers what it was.
        return (await flows.GetAsync(request.PaymentId, refresh: false, cancellationToken)).Payment?.Instrument
            ?? throw Refusal.Precondition("payment_method_unknown", "The customer has no such saved payment method.");
    }

    private static PaymentMethod ToMessage(SavedMethod method) => new()
    {
        MethodId = method.Id,
        Provider = method.Provider,
        Brand = method.Brand,
        Last4 = method.Last4,
        ExpiryMonth = method.ExpiryMonth,
        ExpiryYear = method.ExpiryYear,
        SavedAt = Timestamp.FromDateTimeOffset(method.SavedAt),
    };
}
