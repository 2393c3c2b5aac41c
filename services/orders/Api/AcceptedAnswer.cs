namespace NexusCart.Orders.Api;

internal static class AcceptedAnswer
{
    /// <summary>
    /// Has a JSON answer go out as 202: taken, and still under way. Over gRPC the HTTP status is always 200, and the order's own
    /// status says the same.
    /// </summary>
    public static void AnswerAccepted(this HttpContext http)
    {
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
            return;
        // Transcoding sets 200 when it writes the answer, so this has to come last.
        http.Response.OnStarting(
            static state =>
            {
                var response = ((HttpContext)state).Response;
                if (response.StatusCode == StatusCodes.Status200OK)
                    response.StatusCode = StatusCodes.Status202Accepted;
                return Task.CompletedTask;
            },
            http);
    }
}
