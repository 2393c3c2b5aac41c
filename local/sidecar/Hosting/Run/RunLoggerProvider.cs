using System.Collections.Concurrent;
using System.Globalization;

namespace NexusCart.Sidecar.Hosting.Run;

/// <summary>Takes the log lines of all sidecars of the process to the log of the app each belongs to.</summary>
internal sealed class RunLoggerProvider(TimeProvider time, Action<LogLevel, string> processLog) : ILoggerProvider
{
    private readonly TimeProvider _time = time;
    private readonly Action<LogLevel, string> _processLog = processLog;
    private readonly ConcurrentDictionary<string, Sink> _sinks = new(StringComparer.Ordinal);

    /// <summary>Says where the lines of a sidecar go.</summary>
    /// <param name="options">The sidecar.</param>
    /// <param name="minimum">Least level.</param>
    /// <param name="write">Gets each line with its level.</param>
    public void Register(SidecarOptions options, LogLevel minimum, Action<LogLevel, string> write) =>
        _sinks[options.Instance] = new Sink(options.AppId, minimum, write);

    public ILogger CreateLogger(string categoryName)
    {
        var separator = categoryName.IndexOf(SidecarLoggerFactory.Separator, StringComparison.Ordinal);
        var instance = separator < 0 ? "" : categoryName[..separator];
        return new Logger(this, instance, categoryName[(separator + 1)..]);
    }

    public void Dispose()
    {
    }

    private readonly record struct Sink(string AppId, LogLevel Minimum, Action<LogLevel, string> Write);

    private sealed class Logger(RunLoggerProvider owner, string instance, string category) : ILogger
    {
        // The web server talks about itself on every start; only its complaints matter here.
        private readonly bool _framework = category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("Grpc.", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= Minimum();

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var text = formatter(state, exception);
            if (exception is not null)
                text += Environment.NewLine + exception;
            if (!owner._sinks.TryGetValue(instance, out var sink))
            {
                owner._processLog(logLevel, $"{category}: {text}");
                return;
            }

            var now = owner._time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            foreach (var line in text.Split(Environment.NewLine))
                sink.Write(logLevel, $"time=\"{now}\" level={LogLevels.NameOf(logLevel)} msg=\"{Escape(line)}\" app_id={sink.AppId} scope={category}");
        }

        private static string Escape(string text) =>
            text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

        private LogLevel Minimum()
        {
            var minimum = owner._sinks.TryGetValue(instance, out var sink) ? sink.Minimum : LogLevel.Warning;
            return _framework && minimum < LogLevel.Warning ? LogLevel.Warning : minimum;
        }
    }
}
