using System.Text;
using System.Text.Json.Nodes;
using NexusCart.Sidecar.Bindings;
using NexusCart.Sidecar.Components;

namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>Writes values into a configuration file, in the place of the Redis binding through which the cases change configuration.</summary>
internal sealed class PutBinding(ComponentContext context) : IOutputBinding
{
    public const string Type = "tests.bindings.put";

    private readonly string _path = context.Spec.Required("path");
    private readonly JsonObject _values = [];

    public IReadOnlyList<string> Operations => ["create"];

    public Task InitAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<BindingResponse?> InvokeAsync(BindingRequest request, CancellationToken cancellation)
    {
        lock (_values)
        {
            _values[request.Metadata["key"]] = Encoding.UTF8.GetString(request.Data.Span);
            File.WriteAllText(_path + ".new", _values.ToJsonString());
            File.Move(_path + ".new", _path, overwrite: true);
        }

        return Task.FromResult<BindingResponse?>(null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
