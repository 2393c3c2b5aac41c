using Microsoft.Extensions.Logging;

namespace NexusCart.Tests.Sidecar.Infrastructure;

/// <summary>Writes the log of sidecars to the output of the test that is running.</summary>
public sealed class TestLog : ILoggerProvider
{
    /// <summary>A factory for <see cref="SidecarBed"/>.</summary>
    public static ILoggerFactory Factory(LogLevel level = LogLevel.Debug) =>
        LoggerFactory.Create(logging => logging.SetMinimumLevel(level).AddProvider(new TestLog()));

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Logger(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            TestContext.Current.TestOutputHelper?.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {logLevel} {category}: {formatter(state, exception)} {exception}");
    }
}
