using Grpc.Core;

namespace NexusCart.Tests.Workflows.Checkout;

/// <summary>What goes wrong with calls to a fake service, by method name.</summary>
internal sealed class Faults
{
    private readonly Dictionary<string, Queue<Fault>> _planned = [];
    private readonly Dictionary<string, Fault> _standing = [];

    /// <summary>The calls that arrived, in order, also the failing ones.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The next call never arrives.</summary>
    public void LoseRequest(string method, int times = 1) => Plan(method, new Fault(StatusCode.Unavailable, TakesEffect: false), times);

    /// <summary>The next call has its effect, but its answer is lost.</summary>
    public void LoseAnswer(string method, int times = 1) => Plan(method, new Fault(StatusCode.DeadlineExceeded, TakesEffect: true), times);

    /// <summary>The next call is refused.</summary>
    public void Refuse(string method, StatusCode code = StatusCode.FailedPrecondition) => Plan(method, new Fault(code, TakesEffect: false), 1);

    /// <summary>No call arrives any more.</summary>
    public void Down(string method) => _standing[method] = new Fault(StatusCode.Unavailable, TakesEffect: false);

    /// <summary>Calls have their effect, but no answer arrives any more.</summary>
    public void Mute(string method) => _standing[method] = new Fault(StatusCode.DeadlineExceeded, TakesEffect: true);

    /// <summary>All calls are refused.</summary>
    public void RefuseAlways(string method, StatusCode code = StatusCode.FailedPrecondition) =>
        _standing[method] = new Fault(code, TakesEffect: false);

    /// <summary>Runs a call under the plan.</summary>
    public AsyncUnaryCall<T> Call<T>(string method, Func<T> effect)
    {
        Calls.Add(method);
        var fault = _planned.TryGetValue(method, out var queue) && queue.TryDequeue(out var next)
            ? next
            : _standing.GetValueOrDefault(method);
        if (fault is { TakesEffect: false })
            return Answer<T>(Task.FromException<T>(Error(fault)));
        try
        {
            var answer = effect();
            return Answer<T>(fault is null ? Task.FromResult(answer) : Task.FromException<T>(Error(fault)));
        }
        catch (RpcException refusal)
        {
            return Answer<T>(Task.FromException<T>(fault is null ? refusal : Error(fault)));
        }
    }

    private static RpcException Error(Fault fault) => new(new Status(fault.Code, "planned by the test"));

    private static AsyncUnaryCall<T> Answer<T>(Task<T> response) =>
        new(response, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    private void Plan(string method, Fault fault, int times)
    {
        if (!_planned.TryGetValue(method, out var queue))
            _planned[method] = queue = new Queue<Fault>();
        for (var i = 0; i < times; i++)
            queue.Enqueue(fault);
    }

    private sealed record Fault(StatusCode Code, bool TakesEffect);
}
