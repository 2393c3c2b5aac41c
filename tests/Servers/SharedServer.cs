namespace NexusCart.Tests.Servers;

/// <summary>One server for the tests of a class, started by the first that needs it.</summary>
public sealed class SharedServer<T> : IAsyncDisposable
    where T : TestServer, new()
{
    private readonly SemaphoreSlim _gate = new(1);
    private T? _server;

    /// <summary>The server.</summary>
    public async Task<T> StartedAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_server is null)
            {
                _server = new T();
                await _server.StartAsync();
            }

            return _server;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
