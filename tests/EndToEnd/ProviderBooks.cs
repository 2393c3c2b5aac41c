using System.Net.Http.Json;
using System.Text.Json;
using NexusCart.Tests.Harness;

namespace NexusCart.Tests.EndToEnd;

/// <summary>What really happened at the payment provider, read from the sandbox's books.</summary>
internal static class ProviderBooks
{
    /// <summary>How often the provider authorised and captured for this order.</summary>
    public static async Task<(int Authorisations, int Captures)> EffectsAsync(RunningShop shop, string orderId)
    {
        using var http = new HttpClient { BaseAddress = shop.SandboxAddress };
        var effects = await http.GetFromJsonAsync<JsonElement>($"/_control/effects?key=payment_id&value={orderId}");
        return (effects.GetProperty("authorizations").GetInt32(), effects.GetProperty("captures").GetInt32());
    }
}
