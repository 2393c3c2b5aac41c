namespace NexusCart.Sidecar.Resiliency;

/// <summary>The building block a component serves; names of default policies depend on it.</summary>
public enum ComponentKind
{
    /// <summary>State stores.</summary>
    Statestore,

    /// <summary>Publish and subscribe.</summary>
    Pubsub,

    /// <summary>Bindings.</summary>
    Binding,

    /// <summary>Secret stores.</summary>
    Secretstore,

    /// <summary>Configuration stores.</summary>
    Configuration,

    /// <summary>Locks.</summary>
    Lock,
}

/// <summary>The policies of the resiliency files, by target. All lookups are cheap: policies are made once.</summary>
public interface IResiliencyPolicies
{
    /// <summary>For calls from the sidecar into a component (save, publish, look up).</summary>
    ResiliencyPolicy Outbound(string component, ComponentKind kind);

    /// <summary>For what a component hands to the app (a message, a trigger).</summary>
    ResiliencyPolicy Inbound(string component, ComponentKind kind);

    /// <summary>For calls of another app's method; every method has a circuit breaker of its own.</summary>
    ResiliencyPolicy App(string appId, string method);

    /// <summary>Around an actor call before its turn begins: retry and circuit breaker.</summary>
    ResiliencyPolicy ActorCall(string actorType, string actorId);

    /// <summary>Around the turn itself: the timeout.</summary>
    ResiliencyPolicy ActorTurn(string actorType);
}
