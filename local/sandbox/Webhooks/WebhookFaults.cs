namespace NexusCart.Sandbox.Webhooks;

/// <summary>How deliveries misbehave from now on. A network does all of this by itself, only less often.</summary>
public sealed record WebhookFaultSettings
{
    /// <summary>Extra copies of each event, 0 or more.</summary>
    public int Duplicate { get; init; }

    /// <summary>Wait before each first delivery, in milliseconds.</summary>
    public int DelayMs { get; init; }

    /// <summary>Events are held until this many came together and then sent last first; 0 or 1 sends at once. What is held longer than a second goes anyway.</summary>
    public int Reorder { get; init; }

    /// <summary>This many next events are never sent; they stay in the event list as pending.</summary>
    public int Drop { get; init; }
}

/// <summary>The current <see cref="WebhookFaultSettings"/>.</summary>
public sealed class WebhookFaults
{
    private readonly Lock _gate = new();
    private WebhookFaultSettings _current = new();

    /// <summary>As set last; <see cref="WebhookFaultSettings.Drop"/> counts down.</summary>
    public WebhookFaultSettings Current
    {
        get
        {
            lock (_gate)
                return _current;
        }
    }

    /// <summary>Sets it.</summary>
    public void Set(WebhookFaultSettings settings)
    {
        lock (_gate)
            _current = settings;
    }

    /// <summary>True when this event is to be lost.</summary>
    public bool TakeDrop()
    {
        lock (_gate)
        {
            if (_current.Drop <= 0)
                return false;
            _current = _current with { Drop = _current.Drop - 1 };
            return true;
        }
    }
}
