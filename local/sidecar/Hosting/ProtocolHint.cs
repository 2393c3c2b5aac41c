namespace NexusCart.Sidecar.Hosting;

/// <summary>Recognises an app that speaks HTTP/2 only although its protocol was left at HTTP/1.1, which otherwise shows as silence.</summary>
internal static class ProtocolHint
{
    /// <summary>What to set; null when the answer does not look like it.</summary>
    /// <param name="options">How the app was to be called.</param>
    /// <param name="response">What it answered to an HTTP/1.1 request.</param>
    /// <param name="cancellation">Ends the reading of the answer.</param>
    public static async Task<string?> ForAsync(SidecarOptions options, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (options.AppProtocol != AppProtocol.Http || response.StatusCode != System.Net.HttpStatusCode.BadRequest)
            return null;
        // The words of Kestrel, in which nearly every .NET app listens.
        var body = await response.Content.ReadAsStringAsync(cancellation);
        return body.Contains("HTTP/2 only", StringComparison.OrdinalIgnoreCase) ? TextOf(options) : null;
    }

    /// <summary>What to set; null when the failure does not look like it.</summary>
    /// <param name="options">How the app was to be called.</param>
    /// <param name="failure">How the HTTP/1.1 request failed: servers of other languages answer with frames, or hang up.</param>
    public static string? For(SidecarOptions options, HttpRequestException failure) =>
        options.AppProtocol == AppProtocol.Http && failure.HttpRequestError is HttpRequestError.InvalidResponse ? TextOf(options) : null;

    private static string TextOf(SidecarOptions options) =>
        $"the app on port {options.AppPort} seems to speak HTTP/2 only, but is called with HTTP/1.1: set appProtocol to h2c, or to grpc";
}
