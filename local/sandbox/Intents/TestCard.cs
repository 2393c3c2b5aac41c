namespace NexusCart.Sandbox.Intents;

/// <summary>When a card's issuer wants to see the customer.</summary>
public enum Authentication
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Each time.</summary>
    Always,

    /// <summary>Until the card was set up for payments without the customer.</summary>
    UnlessSetUp,

    /// <summary>Only while the customer is there.</summary>
    OnSession,
}

/// <summary>What the bank does after a payment.</summary>
public enum DisputeKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The holder says it was not him.</summary>
    Fraudulent,

    /// <summary>The holder says that nothing came.</summary>
    NotReceived,

    /// <summary>The bank only asks.</summary>
    Inquiry,
}

/// <summary>How a test card behaves.</summary>
/// <param name="Token">The provider's name of it, <c>pm_card_…</c>.</param>
/// <param name="Brand">The card network, lower case.</param>
/// <param name="Number">The published test number; it belongs to nobody.</param>
public sealed record TestCard(string Token, string Brand, string Number)
{
    /// <summary>The last four digits.</summary>
    public string Last4 => Number[^4..];

    /// <summary>Why a charge is refused; null when it is approved.</summary>
    public CardError? Decline { get; init; }

    /// <summary>True when it is refused already when a customer wants to save it.</summary>
    public bool DeclinesSaving { get; init; }

    /// <summary>When a 3-D Secure challenge comes first.</summary>
    public Authentication Authentication { get; init; }

    /// <summary>What a refund's status becomes some time later; null when it is final at once.</summary>
    public string? RefundSettlesAs { get; init; }

    /// <summary>What follows a payment.</summary>
    public DisputeKind Dispute { get; init; }

    /// <summary>The fraud rules' verdict: <c>normal</c>, <c>elevated</c> or <c>highest</c>.</summary>
    public string Risk { get; init; } = "normal";

    /// <summary>The network's funding type.</summary>
    public string Funding { get; init; } = "credit";

    /// <summary>True when the customer must pass a challenge.</summary>
    /// <param name="offSession">True when he is not there.</param>
    /// <param name="setUp">True when the card was set up for that.</param>
    public bool Challenges(bool offSession, bool setUp) => Authentication switch
    {
        Authentication.Always => true,
        Authentication.UnlessSetUp => !setUp,
        Authentication.OnSession => !offSession,
        _ => false,
    };
}
