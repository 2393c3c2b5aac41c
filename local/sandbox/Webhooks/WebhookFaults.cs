namespace NexusCart.Sandbox.Webhooks;

/// <summary>How deliveries misbehave from now on. A network does all of this by itself, only less often.</summary>
public sealed record WebhookFaultSettings
{
    /// <summary>Whose deliveries: <c>stripe</c> or <c>paypal</c>; null for both.</summary>
    public string? Provider { get; init; }

    /// <summary>Extra copies of each event, 0 or more.</summary>
    public int Duplicate { get; init; }

    /// <summary>Wait before each first delivery, in milliseconds.</summary>
    public int DelayMs { get; init; }

    /// <summary>Events are held until this many came together and then sent last first; 0 or 1 sends at once. What is held longer than a second goes anyway.</summary>
    public int Reorder { get; init; }

    /// <summary>This many next events are never sent; they stay in the event list as pending.</summary>
    public int Drop { get; init; }
}

/// <summary>The current <see cref="WebhookFaultSettings"/> of each provider.</summary>
public sealed class WebhookFaults
{
    private static readonly WebhookFaultSettings None = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<string, WebhookFaultSettings> _current = new(StringComparer.Ordinal);

    /// <summary>As set last; <see cref="WebhookFaultSettings.Drop"/> counts down.</summary>
    public WebhookFaultSettings Of(string provider)
    {
        lock (_gate)
            return _current.GetValueOrDefault(provider, None);
    }

    /// <summary>Sets it, for one provider or for all.</summary>
    public void Set(WebhookFaultSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        lock (_gate)
        {
            foreach (var provider in settings.Provider is { } one ? [one] : new[] { Providers.Stripe, Providers.PayPal })
                _current[provider] = settings with { Provider = provider };
        }
    }

    /// <summary>True when this event is to be lost.</summary>
    public bool TakeDrop(string provider)
    {
        lock (_gate)
        {
            if (_current.GetValueOrDefault(provider, None) is not { Drop: > 0 } settings)
                return false;
            _current[provider] = settings with { Drop = settings.Drop - 1 };
            return true;
        }
    }
}
