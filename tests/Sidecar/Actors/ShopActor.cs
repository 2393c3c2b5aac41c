using System.Collections.Concurrent;
using System.Text;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;

namespace NexusCart.Tests.Sidecar.Actors;

/// <summary>An actor of the official SDK that does a bit of everything.</summary>
public interface IShopActor : IActor
{
    Task<int> AddAsync(int amount);

    Task<int> CountAsync();

    Task<string> EchoAsync(string text);

    Task<string> FailAsync(string message);

    Task WaitAsync(string gate);

    Task<int> NestAsync(int depth);

    Task ForgetAsync();

    Task StartTimerAsync(string name, TimeSpan due, TimeSpan period);

    Task StopTimerAsync(string name);

    Task RemindAsync(string name, TimeSpan due, TimeSpan period, string data);

    Task RemindTimesAsync(string name, TimeSpan due, int repetitions, TimeSpan period);

    Task<string?> ReminderAsync(string name);

    Task StopReminderAsync(string name);
}

/// <summary>What the actors of one app did, and what they wait for.</summary>
public sealed class ActorDiary
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private readonly ConcurrentDictionary<string, int> _inside = new();

    /// <summary>What happened, in order.</summary>
    public ConcurrentQueue<string> Entries { get; } = new();

    /// <summary>Ids of which two turns were under way at once. Never any.</summary>
    public ConcurrentQueue<string> Overlaps { get; } = new();

    public void Write(string entry) => Entries.Enqueue(entry);

    /// <summary>What an actor waits for that was told to.</summary>
    public TaskCompletionSource Gate(string name) =>
        _gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Enter(string id)
    {
        if (_inside.AddOrUpdate(id, 1, (_, inside) => inside + 1) > 1)
            Overlaps.Enqueue(id);
    }

    public void Leave(string id) => _inside.AddOrUpdate(id, 0, (_, inside) => inside - 1);

    /// <summary>Waits until this was written.</summary>
    public async Task SeenAsync(string entry, int times = 1)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        while (Entries.Count(e => e == entry) < times)
        {
            if (DateTime.UtcNow > deadline)
                Assert.Fail($"'{entry}' was not seen {times} times among: {string.Join(", ", Entries)}");
            await Task.Delay(5);
        }
    }
}

/// <inheritdoc cref="IShopActor"/>
[Actor(TypeName = "Shop")]
public sealed class ShopActor(ActorHost host, ActorDiary diary) : Actor(host), IShopActor, IRemindable
{
    public async Task<int> AddAsync(int amount)
    {
        diary.Enter(Id.GetId());
        var count = await StateManager.GetOrAddStateAsync("count", 0);
        await StateManager.SetStateAsync("count", count + amount);
        await StateManager.SaveStateAsync();
        diary.Leave(Id.GetId());
        return count + amount;
    }

    public Task<int> CountAsync() => StateManager.GetOrAddStateAsync("count", 0);

    public Task<string> EchoAsync(string text) => Task.FromResult($"{Id.GetId()}: {text}");

    public Task<string> FailAsync(string message) => throw new InvalidOperationException(message);

    public async Task WaitAsync(string gate)
    {
        diary.Enter(Id.GetId());
        diary.Write($"waiting {gate}");
        await diary.Gate(gate).Task;
        diary.Leave(Id.GetId());
        diary.Write($"went on {gate}");
    }

    public async Task<int> NestAsync(int depth) =>
        depth == 0 ? 0 : 1 + await ProxyFactory.CreateActorProxy<IShopActor>(Id, "Shop").NestAsync(depth - 1);

    public Task ForgetAsync() => StateManager.RemoveStateAsync("count");

    public Task StartTimerAsync(string name, TimeSpan due, TimeSpan period) =>
        RegisterTimerAsync(name, nameof(OnTimerAsync), Encoding.UTF8.GetBytes(name), due, period);

    public Task StopTimerAsync(string name) => UnregisterTimerAsync(name);

    public Task OnTimerAsync(byte[] data)
    {
        diary.Write($"timer {Encoding.UTF8.GetString(data)}");
        return Task.CompletedTask;
    }

    public Task RemindAsync(string name, TimeSpan due, TimeSpan period, string data) =>
        RegisterReminderAsync(name, Encoding.UTF8.GetBytes(data), due, period);

    public Task RemindTimesAsync(string name, TimeSpan due, int repetitions, TimeSpan period) =>
        RegisterReminderAsync(name, "times"u8.ToArray(), due, period, repetitions);

    public async Task<string?> ReminderAsync(string name) =>
        await GetReminderAsync(name) is { } reminder ? $"{reminder.Name} {reminder.Period}" : null;

    public Task StopReminderAsync(string name) => UnregisterReminderAsync(name);

    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        diary.Write($"reminder {reminderName} {Encoding.UTF8.GetString(state)}");
        return Task.CompletedTask;
    }

    protected override Task OnActivateAsync()
    {
        diary.Write($"activated {Id.GetId()}");
        return Task.CompletedTask;
    }

    protected override Task OnDeactivateAsync()
    {
        diary.Write($"deactivated {Id.GetId()}");
        return Task.CompletedTask;
    }
}
