using System.Globalization;

namespace NexusCart.Sidecar.Resources;

/// <summary><c>spec.tracing</c> of a Configuration: which traces are recorded, and where their spans go.</summary>
public sealed record TracingSpec
{
    /// <summary>
    /// Share of the traces begun here that are recorded, 0 to 1; null when not said: one in ten thousand. A caller's decision about a trace of its own is
    /// kept to in any case.
    /// </summary>
    public double? SamplingRate { get; init; }

    /// <summary>Whether spans are written to the log.</summary>
    public bool Stdout { get; init; }

    /// <summary>Address of a Zipkin collector; null for none.</summary>
    public Uri? Zipkin { get; init; }

    /// <summary>An OpenTelemetry collector; null for none.</summary>
    public OtelSpec? Otel { get; init; }

    /// <summary>Whether spans go anywhere.</summary>
    public bool Exports => Stdout || Zipkin is not null || Otel is not null;

    /// <summary>Reads the section.</summary>
    /// <exception cref="ResourceException">A value cannot be used.</exception>
    internal static TracingSpec Read(YamlMap tracing) => new()
    {
        SamplingRate = Rate(tracing),
        Stdout = tracing.Flag("stdout") ?? false,
        Zipkin = tracing.Map("zipkin")?.Text("endpointAddress") is { Length: > 0 } address ? Address(tracing, address) : null,
        Otel = tracing.Map("otel") is { } otel && otel.Text("endpointAddress") is { Length: > 0 } ? ReadOtel(otel) : null,
    };

    private static double? Rate(YamlMap tracing) => tracing.Text("samplingRate") switch
    {
        null or "" => null,
        var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) => rate,
        var text => throw new ResourceException($"{tracing.File}:{tracing.Line}: 'samplingRate' must be a number from 0 to 1, not '{text}'"),
    };

    private static OtelSpec? ReadOtel(YamlMap otel)
    {
        var protocol = otel.Text("protocol") ?? "";
        if (protocol.Length == 0)
            return null;
        if (protocol is not ("http" or "grpc"))
            throw new ResourceException($"{otel.File}:{otel.Line}: invalid protocol {protocol} provided for Otel endpoint");
        var address = otel.Text("endpointAddress")!;
        if (!address.Contains("://", StringComparison.Ordinal))
            address = (otel.Flag("isSecure") ?? true ? "https://" : "http://") + address;
        return new OtelSpec(Address(otel, address), protocol == "grpc", Headers(otel), Timeout(otel));
    }

    private static Uri Address(YamlMap map, string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri)
        ? uri
        : throw new ResourceException($"{map.File}:{map.Line}: 'endpointAddress' is no address: '{address}'");

    private static TimeSpan? Timeout(YamlMap otel) => otel.Text("timeout") switch
    {
        null or "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) => TimeSpan.FromMilliseconds(milliseconds),
        var text when GoDuration.TryParse(text, out var duration) && duration > TimeSpan.Zero => duration,
        var text => throw new ResourceException($"{otel.File}:{otel.Line}: 'timeout' must be a duration such as 10s, not '{text}'"),
    };

    // As one text, or as a list of name and value.
    private static string Headers(YamlMap otel)
    {
        try
        {
            return otel.Text("headers") ?? "";
        }
        catch (ResourceException)
        {
            return string.Join(',', otel.Maps("headers").Select(header => $"{header.RequiredText("name")}={header.Text("value")}"));
        }
    }
}

/// <summary>An OpenTelemetry collector.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="IsGrpc">Whether it speaks OTLP over gRPC, or else over HTTP.</param>
/// <param name="Headers">Headers for it, <c>name=value</c> with commas between; empty for none.</param>
/// <param name="Timeout">How long an export may take; null for the exporter's default.</param>
public sealed record OtelSpec(Uri Address, bool IsGrpc, string Headers, TimeSpan? Timeout);
