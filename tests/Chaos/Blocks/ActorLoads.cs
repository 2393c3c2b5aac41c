using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace NexusCart.Tests.Chaos.Blocks;

/// <summary>Actor methods that write state before they answer.</summary>
internal sealed class ActorStateLoad : IBlockLoad
{
    private const int Actors = 16;

    public void Configure(IServiceCollection services, VictimSidecar sidecar) => services.AddActors(options =>
    {
        options.HttpEndpoint = sidecar.HttpEndpoint;
        options.Actors.RegisterActor<LedgerActor>();
    });

    public void Map(WebApplication app) => app.MapActorsHandlers();

    public Task ActAsync(SidecarClients sidecar, int number) => sidecar.Actor<ILedgerActor>("Ledger", Owner(number)).AddAsync(number);

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered)
    {
        // Asked of the sidecar: the actor in the app may still remember what the store has lost.
        foreach (var number in acknowledged)
        {
            using var answer = await sidecar.Http.GetAsync($"/v1.0/actors/Ledger/{Owner(number)}/state/entry-{number}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), await answer.Content.ReadAsStringAsync());
        }
    }

    private static string Owner(int number) => $"owner-{number % Actors}";
}

/// <summary>Reminders that fire once, a little later.</summary>
internal sealed class ReminderLoad : IBlockLoad
{
    private const int Actors = 16;
    private readonly Alarms _alarms = new();

    public void Configure(IServiceCollection services, VictimSidecar sidecar)
    {
        services.AddSingleton(_alarms);
        services.AddActors(options =>
        {
            options.HttpEndpoint = sidecar.HttpEndpoint;
            options.Actors.RegisterActor<AlarmActor>();
        });
    }

    public void Map(WebApplication app) => app.MapActorsHandlers();

    public Task ActAsync(SidecarClients sidecar, int number) => sidecar.Actor<IAlarmActor>("Alarm", $"clock-{number % Actors}").SetAsync(number);

    public async Task VerifyAsync(SidecarClients sidecar, IReadOnlyCollection<int> acknowledged, IReadOnlyCollection<int> unanswered) =>
        await Eventually.AllAsync(acknowledged, _alarms.Rung.ContainsKey, "registered and never fired");
}

/// <summary>Keeps a number of entries.</summary>
public interface ILedgerActor : IActor
{
    /// <summary>Writes the entry and answers.</summary>
    Task AddAsync(int number);
}

/// <inheritdoc cref="ILedgerActor"/>
[Actor(TypeName = "Ledger")]
public sealed class LedgerActor(ActorHost host) : Actor(host), ILedgerActor
{
    /// <inheritdoc/>
    public Task AddAsync(int number) => StateManager.SetStateAsync($"entry-{number}", number);
}

/// <summary>Rings.</summary>
public interface IAlarmActor : IActor
{
    /// <summary>Registers a reminder and answers.</summary>
    Task SetAsync(int number);
}

/// <summary>The alarms that rang.</summary>
public sealed class Alarms
{
    /// <summary>By number.</summary>
    public ConcurrentDictionary<int, bool> Rung { get; } = new();
}

/// <inheritdoc cref="IAlarmActor"/>
[Actor(TypeName = "Alarm")]
public sealed class AlarmActor(ActorHost host, Alarms alarms) : Actor(host), IAlarmActor, IRemindable
{
    private static readonly TimeSpan Once = TimeSpan.FromMilliseconds(-1);

    /// <inheritdoc/>
    public Task SetAsync(int number) =>
        RegisterReminderAsync(number.ToString(CultureInfo.InvariantCulture), null, TimeSpan.FromMilliseconds(number % 700), Once);

    /// <inheritdoc/>
    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        alarms.Rung[int.Parse(reminderName, CultureInfo.InvariantCulture)] = true;
        return Task.CompletedTask;
    }
}
