using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>The contract on <c>pubsub.embedded</c>.</summary>
public sealed class EmbeddedPubSubContractTests : PubSubContract
{
    protected override bool RedeliversRefused => true;

    internal override ValueTask<DriverSpec> SpecAsync() => new(new DriverSpec("pubsub.embedded", ("redeliverInterval", "50ms")));
}
