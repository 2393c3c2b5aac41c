using System.Net.Http.Json;
using System.Text.Json;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Locks that are taken for long, and each second one given back.</summary>
internal sealed class LockLoad : IBlockLoad
{
    private const string Holder = "holder";

    public async Task ActAsync(SidecarClients sidecar, int number)
    {
        if (!await TakeAsync(sidecar, number))
            throw new InvalidOperationException($"Lock {number} was taken before anybody asked for it.");
        if (IsGivenBack(number))
            await GiveBackAsync(sidecar, number);
    }

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered)
    {
        foreach (var number in acknowledged)
        {
            Assert.True(await TakeAsync(sidecar, number) == IsGivenBack(number), $"Lock {number} is not as its holder left it.");
            if (IsGivenBack(number))
                await GiveBackAsync(sidecar, number);
        }
    }

    private static bool IsGivenBack(int number) => number % 2 == 0;

    private static async Task GiveBackAsync(SidecarClients sidecar, int number)
    {
        using var answer = await sidecar.Http.PostAsJsonAsync("/v1.0-alpha1/unlock/lockstore", new { resourceId = $"lock-{number}", lockOwner = Holder });
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<bool> TakeAsync(SidecarClients sidecar, int number)
    {
        var request = new { resourceId = $"lock-{number}", lockOwner = Holder, expiryInSeconds = 100_000 };
        using var answer = await sidecar.Http.PostAsJsonAsync("/v1.0-alpha1/lock/lockstore", request);
        answer.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("success").GetBoolean();
    }
}
