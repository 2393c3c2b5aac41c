using NexusCart.Sidecar.Invocation;

namespace NexusCart.Sidecar.Api.Http;

/// <summary>Passes an app's answer on to the caller: status, headers, and the body piece by piece.</summary>
internal static class InvocationAnswer
{
    private const int SniffedBytes = 512;

    /// <summary>Copies the answer.</summary>
    public static async Task CopyAsync(HttpContext context, HttpResponseMessage answer)
    {
        var response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        var nominated = InvocationHeaders.Nominated(
            answer.Headers.NonValidated.TryGetValues("Connection", out var connection) ? connection : Enumerable.Empty<string?>());
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (!InvocationHeaders.IsHopByHop(name) && !nominated.Contains(name) && !name.Equals("traceparent", StringComparison.OrdinalIgnoreCase))
                response.Headers[InvocationHeaders.NameOf(name)] = values.ToArray();
        }

        var mayHaveBody = response.StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified);
        // Where a policy has given up on an external service, daprd calls an empty answer JSON.
        if (answer.Content.Headers.ContentLength == 0 && response.StatusCode >= 400 && string.IsNullOrEmpty(response.ContentType) && answer.IsAfterPolicy())
            response.ContentType = "application/json";
        if (mayHaveBody && answer.Content.Headers.ContentLength is { } length)
            response.ContentLength = length;
        if (mayHaveBody && !HttpMethods.IsHead(context.Request.Method))
            await CopyBodyAsync(response, answer, context.RequestAborted);
    }

    private static async Task CopyBodyAsync(HttpResponse response, HttpResponseMessage answer, CancellationToken aborted)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(aborted);
        var sniffer = string.IsNullOrEmpty(response.ContentType) ? new Sniffer(response) : null;
        await BodyRelay.CopyAsync(body, response, headersFirst: false, sniffer, aborted);
    }

    private static string Sniff(ReadOnlySpan<byte> start)
    {
        var trimmed = start.TrimStart(" \t\r\n"u8);
        if (trimmed.Length >= 5 && trimmed[0] == '<' && (StartsWith(trimmed, "<!doctype html") || StartsWith(trimmed, "<html")))
            return "text/html; charset=utf-8";
        foreach (var octet in start)
        {
            if (octet < 0x20 && octet is not ((byte)'\t' or (byte)'\n' or 0x0c or (byte)'\r' or 0x1b))
                return "application/octet-stream";
        }

        return "text/plain; charset=utf-8";
    }

    /// <summary>Go's server names the content of an answer that does not do it itself; callers see no difference to daprd.</summary>
    private sealed class Sniffer(HttpResponse response) : IBodyInspector
    {
        public void Inspect(ReadOnlySpan<byte> piece)
        {
            if (!response.HasStarted && string.IsNullOrEmpty(response.ContentType))
                response.ContentType = Sniff(piece[..Math.Min(piece.Length, SniffedBytes)]);
        }
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, string word) =>
        text.Length >= word.Length && System.Text.Ascii.EqualsIgnoreCase(text[..word.Length], word);
}
