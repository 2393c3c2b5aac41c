using System.Collections.Concurrent;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Jobs that fall due once, a little later.</summary>
internal sealed class JobLoad : IBlockLoad
{
    private readonly ConcurrentDictionary<int, bool> _triggered = new();

    public void Map(WebApplication app) => app.MapPost("/job/number-{number:int}", (int number) =>
    {
        _triggered[number] = true;
        return Results.Ok();
    });

    public async Task ActAsync(SidecarClients sidecar, int number)
    {
        using var answer = await sidecar.Http.PostAsJsonAsync($"/v1.0/jobs/number-{number}", new { dueTime = $"{number % 700}ms", data = number });
        answer.EnsureSuccessStatusCode();
    }

    public Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered) =>
        Eventually.AllAsync(acknowledged, _triggered.ContainsKey, "scheduled and never triggered");
}
