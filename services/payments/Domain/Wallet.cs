namespace NexusCart.Payments.Domain;

/// <summary>A payment method that a customer keeps for later.</summary>
/// <param name="Id">Ours, what a checkout names: <c>saved_…</c>. Good for its customer only.</param>
/// <param name="Provider">One of <see cref="ProviderNames"/>.</param>
/// <param name="Given">The token it was saved by: saving it again is the same method.</param>
/// <param name="Token">The provider's token to charge.</param>
/// <param name="SavedAt">When.</param>
public sealed record SavedMethod(string Id, string Provider, string Given, string Token, DateTimeOffset SavedAt)
{
    /// <summary><c>visa</c></summary>
    public string Brand { get; init; } = "";

    /// <summary>The last four digits, to recognise it by.</summary>
    public string Last4 { get; init; } = "";

    /// <summary>Month of expiry, 1 to 12; 0 when there is none.</summary>
    public int ExpiryMonth { get; init; }

    /// <summary>Year of expiry; 0 when there is none.</summary>
    public int ExpiryYear { get; init; }
}

/// <summary>A customer's saved payment methods.</summary>
public sealed record Wallet
{
    /// <summary>What the id of a saved method begins with.</summary>
    public const string Prefix = "saved_";

    /// <summary>Most methods a customer keeps.</summary>
    public const int MostMethods = 20;

    /// <summary>The provider's id of the customer; null before the first method was saved.</summary>
    public string? ProviderCustomer { get; init; }

    /// <summary>The methods, oldest first.</summary>
    public IReadOnlyList<SavedMethod> Methods { get; init => field = value ?? []; } = [];

    /// <summary>Whether its customer's account was erased: nothing is kept in it any more.</summary>
    public bool IsClosed { get; init; }

    /// <summary>How many methods were removed: part of the provider's keys, so that one may be saved anew.</summary>
    public int Removals { get; init; }

    /// <summary>A method by our id.</summary>
    public SavedMethod? Find(string methodId) => Methods.FirstOrDefault(method => method.Id == methodId);
}

/// <summary>Adds a method to a wallet.</summary>
/// <param name="ProviderCustomer">The provider's id of the customer.</param>
/// <param name="Method">The method.</param>
public sealed record KeepMethod(string ProviderCustomer, SavedMethod Method);
