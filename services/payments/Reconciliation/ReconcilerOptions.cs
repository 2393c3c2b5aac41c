namespace NexusCart.Payments.Reconciliation;

/// <summary>When and how far back payments are reconciled. From configuration.</summary>
public sealed record ReconcilerOptions
{
    /// <summary>When the job runs, as Dapr's scheduler takes it (<c>PAYMENT_RECONCILE_SCHEDULE</c>).</summary>
    public string Schedule { get; init; } = "@every 15m";

    /// <summary>What changed less than this ago is under way and left alone (<c>PAYMENT_RECONCILE_GRACE_SECONDS</c>).</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How far back the first run looks at settled payments.</summary>
    public TimeSpan FirstWindow { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Days after which nothing of a payment is open any more: PayPal's holds last 29.</summary>
    public int DaysOpen { get; init; } = 35;

    /// <summary>How long after its beginning a payment without an outcome is given up; longer than anybody asks for it.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How long before a hold ends people hear of it.</summary>
    public TimeSpan HoldWarning { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Reads the options.</summary>
    public static ReconcilerOptions From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new ReconcilerOptions();
        return options with
        {
            Schedule = configuration["PAYMENT_RECONCILE_SCHEDULE"] is { Length: > 0 } schedule ? schedule : options.Schedule,
            Grace = TimeSpan.FromSeconds(configuration.GetValue("PAYMENT_RECONCILE_GRACE_SECONDS", options.Grace.TotalSeconds)),
        };
    }
}
