using Grpc.Core;
using NexusCart.Payments.Actors;
using NexusCart.Payments.Domain;
using NexusCart.Payments.Flows;
using NexusCart.Payments.Providers;
using NexusCart.Payments.Providers.Stripe;
using NexusCart.Sandbox;
using NexusCart.Tests.Unit.Sandbox;

namespace NexusCart.Tests.Unit.Payments;

/// <summary>Saved cards over the real client against the sandbox.</summary>
public sealed class StripeWalletTests : IClassFixture<SandboxFixture>, IDisposable
{
    private readonly Stripe.IStripeClient _client;
    private readonly StripePipeline _pipeline;
    private readonly StripeProvider _provider;
    private readonly MemoryWallets _wallets = new();
    private readonly WalletFlows _flows;
    private readonly PaymentFlows _payments;
    private readonly string _customer = Requests.NewId();

    public StripeWalletTests(SandboxFixture sandbox)
    {
        sandbox.RequireSandbox();
        var options = new StripeOptions { ApiBase = sandbox.Http.BaseAddress!, ReturnUrl = "http://127.0.0.1:8080/checkout/return" };
        _pipeline = new StripePipeline(options, new(10_000, 10_000), TimeProvider.System);
        var client = _client = StripeServices.Client(options, SandboxOptions.DevelopmentApiKey);
        _provider = new StripeProvider(client, _pipeline, options);
        _flows = new WalletFlows(_wallets, new StripeWallet(client, _pipeline, TimeProvider.System));
        _payments = new PaymentFlows(new MemoryBook(TimeProvider.System), new PaymentProviders([_provider]), TimeProvider.System);
    }

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public async Task A_card_is_saved_once_and_pays()
    {
        var saved = await _flows.SaveAsync(_customer, "pm_card_visa", default);
        Assert.Equal(("visa", "4242", "stripe"), (saved.Brand, saved.Last4, saved.Provider));
        Assert.StartsWith(Wallet.Prefix, saved.Id);
        Assert.NotEqual("pm_card_visa", saved.Token);
        Assert.Equal(saved, await _flows.SaveAsync(_customer, "pm_card_visa", default));
        Assert.Equal([saved], await _flows.ListAsync(_customer, default));

        var instrument = await _flows.ResolveAsync(_customer, saved.Id, default);
        Assert.Equal(saved.Token, instrument?.Token);
        var begin = new BeginAuthorize(1_999, "EUR", saved.Id, _customer, "") { Instrument = instrument };
        Assert.Equal(PaymentStatus.Authorized, (await _payments.AuthorizeAsync(Requests.NewId(), begin, default)).Payment!.Status);
    }

    [Fact]
    public async Task A_card_is_good_for_its_customer_only()
    {
        var saved = await _flows.SaveAsync(_customer, "pm_card_visa", default);
        Assert.Null(await _flows.ResolveAsync("somebody-else", saved.Id, default));
        Assert.False(await _flows.DeleteAsync("somebody-else", saved.Id, default));
        Assert.Empty(await _flows.ListAsync("somebody-else", default));
        Assert.NotEqual(saved.Id, (await _flows.SaveAsync("somebody-else", "pm_card_visa", default)).Id);
    }

    [Fact]
    public async Task A_removed_card_pays_no_more()
    {
        var saved = await _flows.SaveAsync(_customer, "pm_card_visa", default);
        var instrument = await _flows.ResolveAsync(_customer, saved.Id, default);
        Assert.True(await _flows.DeleteAsync(_customer, saved.Id, default));
        Assert.False(await _flows.DeleteAsync(_customer, saved.Id, default));
        var begin = new BeginAuthorize(1_999, "EUR", saved.Id, _customer, "") { Instrument = instrument };
        Assert.Equal(PaymentStatus.Declined, (await _payments.AuthorizeAsync(Requests.NewId(), begin, default)).Payment!.Status);
    }

    [Fact]
    public async Task An_erased_customers_cards_are_given_up_at_the_provider_and_no_further_one_is_kept()
    {
        var saved = await _flows.SaveAsync(_customer, "pm_card_visa", default);
        await _flows.SaveAsync(_customer, "pm_card_mastercard", default);
        var instrument = await _flows.ResolveAsync(_customer, saved.Id, default);
        for (var delivery = 0; delivery < 2; delivery++)
            await _flows.EraseAsync(_customer, default);

        Assert.Empty(await _flows.ListAsync(_customer, default));
        Assert.Null((await _wallets.ReadAsync(_customer, default)).ProviderCustomer);
        var customers = await new Stripe.CustomerService(_client).GetAsync(instrument!.Customer);
        Assert.True(customers.Deleted);
        var begin = new BeginAuthorize(1_999, "EUR", saved.Id, _customer, "") { Instrument = instrument };
        Assert.Equal(PaymentStatus.Declined, (await _payments.AuthorizeAsync(Requests.NewId(), begin, default)).Payment!.Status);
        var refused = await Assert.ThrowsAsync<RpcException>(() => _flows.SaveAsync(_customer, "pm_card_visa", default));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        await _flows.EraseAsync("never-had-a-card", default);
    }

    [Fact]
    public async Task A_token_nobody_knows_is_refused() =>
        await Assert.ThrowsAsync<ProviderRefusedException>(() => _flows.SaveAsync(_customer, "pm_card_nobody_knows", default));

    [Fact]
    public async Task A_wallet_is_bounded()
    {
        _wallets.Of(_customer, new Wallet
        {
            ProviderCustomer = "cus_1",
            Methods = [.. Enumerable.Range(0, Wallet.MostMethods).Select(number => new SavedMethod($"saved_{number}", "stripe", "", "", default))],
        });
        var refused = await Assert.ThrowsAsync<RpcException>(() => _flows.SaveAsync(_customer, "pm_card_visa", default));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
    }

    private sealed class MemoryWallets : IWallets
    {
        private readonly Dictionary<string, Wallet> _wallets = [];

        public void Of(string customerId, Wallet wallet) => _wallets[customerId] = wallet;

        public Task<Wallet> ReadAsync(string customerId, CancellationToken cancellationToken) =>
            Task.FromResult(_wallets.GetValueOrDefault(customerId) ?? new Wallet());

        public async Task<Wallet> KeepAsync(string customerId, KeepMethod keep, CancellationToken cancellationToken)
        {
            var wallet = await ReadAsync(customerId, cancellationToken);
            return _wallets[customerId] = wallet with { ProviderCustomer = keep.ProviderCustomer, Methods = [.. wallet.Methods, keep.Method] };
        }

        public async Task<Wallet> ForgetAsync(string customerId, string methodId, CancellationToken cancellationToken)
        {
            var wallet = await ReadAsync(customerId, cancellationToken);
            return _wallets[customerId] = wallet with { Methods = [.. wallet.Methods.Where(method => method.Id != methodId)] };
        }

        public async Task<Wallet> CloseAsync(string customerId, CancellationToken cancellationToken) =>
            _wallets[customerId] = await ReadAsync(customerId, cancellationToken) with { IsClosed = true };

        public async Task<Wallet> ForgetCustomerAsync(string customerId, CancellationToken cancellationToken) =>
            _wallets[customerId] = await ReadAsync(customerId, cancellationToken) with { ProviderCustomer = null };
    }
}
