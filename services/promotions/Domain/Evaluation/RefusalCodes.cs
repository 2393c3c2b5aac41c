namespace NexusCart.Promotions.Domain.Evaluation;

/// <summary>Why a promotion or a code does not count, for programs.</summary>
public static class RefusalCodes
{
    /// <summary>No promotion knows the code.</summary>
    public const string UnknownCode = "unknown_code";

    /// <summary>Staff switched the promotion off, or revoked the code.</summary>
    public const string Disabled = "disabled";

    /// <summary>Its time has not come.</summary>
    public const string NotStarted = "not_started";

    /// <summary>Its time is over.</summary>
    public const string Expired = "expired";

    /// <summary>It was used as often as it may be.</summary>
    public const string LimitReached = "limit_reached";

    /// <summary>This customer used it as often as he may.</summary>
    public const string CustomerLimitReached = "customer_limit_reached";

    /// <summary>The code was good once, and was used.</summary>
    public const string CodeUsed = "code_used";

    /// <summary>What is left of its campaign's budget is less than it would give.</summary>
    public const string BudgetExhausted = "budget_exhausted";

    /// <summary>Too little is bought of what it is about.</summary>
    public const string MinimumNotMet = "minimum_not_met";

    /// <summary>Nothing is bought of what it is about.</summary>
    public const string NoMatchingItems = "no_matching_items";

    /// <summary>Another promotion excludes it.</summary>
    public const string NotCombinable = "not_combinable";

    /// <summary>It is for other customers.</summary>
    public const string WrongCustomerGroup = "wrong_customer_group";

    /// <summary>It is for another channel.</summary>
    public const string WrongChannel = "wrong_channel";

    /// <summary>It is for the first order.</summary>
    public const string NotFirstOrder = "not_first_order";

    /// <summary>It is for customers with an account.</summary>
    public const string SignInNeeded = "sign_in_needed";

    /// <summary>It gives money of another currency.</summary>
    public const string CurrencyMismatch = "currency_mismatch";

    /// <summary>It would give nothing: what it is about costs nothing any more.</summary>
    public const string NothingToDiscount = "nothing_to_discount";
}
