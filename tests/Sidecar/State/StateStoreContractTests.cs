using NexusCart.Tests.Sidecar.Infrastructure;

namespace NexusCart.Tests.Sidecar.State;

/// <summary>The contract on <c>state.in-memory</c>.</summary>
public sealed class InMemoryStateStoreContractTests : StateStoreContract
{
    protected override StateSemantics Semantics { get; } = new() { DeleteWithFirstWrite = Outcome.Mismatch };

    internal override ValueTask<DriverSpec> SpecAsync() => new(new DriverSpec("state.in-memory"));
}

/// <summary>The contract on <c>state.sqlite</c>.</summary>
public sealed class SqliteStateStoreContractTests : StateStoreContract
{
    protected override StateSemantics Semantics { get; } = new();

    internal override ValueTask<DriverSpec> SpecAsync() => new(new DriverSpec("state.sqlite", ("connectionString", "state.db")));
}
