using Microsoft.Extensions.Logging.Abstractions;

namespace NexusCart.Sidecar.Hosting;

/// <summary>
/// The logger factory of one sidecar: categories carry the instance in front (<c>orders|components.state.sqlite</c>), so that the
/// lines of several sidecars in one process can be told apart. What it writes to belongs to the process.
/// </summary>
internal sealed class SidecarLoggerFactory(ILoggerFactory inner, string instance) : ILoggerFactory
{
    /// <summary>Stands between the instance and the category.</summary>
    public const char Separator = '|';

    // For the sake of this logger the web server makes an activity and a scope of every request; the trace context is ours, and
    // nobody reads a scope.
    private const string PerRequest = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public ILogger CreateLogger(string categoryName) =>
        categoryName == PerRequest ? NullLogger.Instance : inner.CreateLogger(instance + Separator + categoryName);

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("Log providers are added to the process, not to one sidecar.");

    public void Dispose()
    {
    }
}
