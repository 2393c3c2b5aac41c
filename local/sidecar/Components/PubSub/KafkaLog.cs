using Confluent.Kafka;
using ClientLine = Confluent.Kafka.LogMessage;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>What the client says, among the lines of the sidecar.</summary>
internal static class KafkaLog
{
    /// <summary>A line of its log.</summary>
    public static void Write(ILogger logger, ClientLine line) =>
        logger.Log(line.Level <= SyslogLevel.Warning ? LogLevel.Warning : LogLevel.Debug, "{Facility}: {Message}", line.Facility, line.Message);

    /// <summary>What went wrong in the background; most of it is tried again.</summary>
    public static void Write(ILogger logger, Error error) =>
        logger.Log(error.IsFatal ? LogLevel.Error : LogLevel.Debug, "{Error}", error.Reason);
}
