using NexusCart.Sidecar.PubSub;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>A message of a topic's log.</summary>
/// <param name="Sequence">Its number in the topic, from 1; there may be holes.</param>
/// <param name="Message">What was published.</param>
internal sealed record LogMessage(long Sequence, BrokerMessage Message)
{
    /// <summary>Roughly what it takes in memory, in bytes.</summary>
    public int Size => Message.Data.Length + 256;
}
