using Confluent.Kafka;
using ClientLine = Confluent.Kafka.LogMessage;

namespace NexusCart.Sidecar.Components.PubSub;

/// <summary>What a client says, among the lines of the sidecar.</summary>
internal sealed class KafkaLog(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    private long? _lastAway;

    /// <summary>A line of its log. Each try to connect is one, many a second: <see cref="Write(Error)"/> tells of brokers that are away.</summary>
    public void Write(ClientLine line) => logger.Log(
        line.Level <= SyslogLevel.Warning && line.Facility != "FAIL" ? LogLevel.Warning : LogLevel.Debug, "{Facility}: {Message}", line.Facility, line.Message);

    /// <summary>What went wrong in the background; most of it is tried again.</summary>
    public void Write(Error error)
    {
        var isAway = error.Code == ErrorCode.Local_AllBrokersDown;
        if (isAway && _lastAway is { } last && time.GetElapsedTime(last) < Silence)
            return;
        if (isAway)
            _lastAway = time.GetTimestamp();
        logger.Log(error.IsFatal ? LogLevel.Error : isAway ? LogLevel.Warning : LogLevel.Debug, "{Error}", error.Reason);
    }
}
