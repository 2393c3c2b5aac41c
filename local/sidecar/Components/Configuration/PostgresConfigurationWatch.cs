using System.Net.Sockets;
using System.Text.Json;
using NexusCart.Sidecar.Configuration;
using Npgsql;

namespace NexusCart.Sidecar.Components.Configuration;

/// <summary>Listens to a channel on a connection of its own; one that breaks is replaced.</summary>
internal sealed class PostgresConfigurationWatch(
    NpgsqlDataSource source, string channel, HashSet<string> keys, ConfigurationListener listener, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _listening = Task.CompletedTask;

    /// <summary>Every change after this is reported.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var connection = await OpenAsync(cancellation);
        _listening = Task.Run(() => ListenAsync(connection), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        await _listening;
        _stopping.Dispose();
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        var connection = await source.OpenConnectionAsync(cancellation);
        try
        {
            connection.Notification += (_, notification) => Report(notification.Payload);
            await using var command = new NpgsqlCommand("LISTEN " + channel, connection);
            await command.ExecuteNonQueryAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task ListenAsync(NpgsqlConnection? connection)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                connection ??= await OpenAsync(_stopping.Token);
                while (true)
                    await connection.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or SocketException)
            {
                logger.LogWarning("the changes of channel {Channel} cannot be heard: {Error}", channel, e.Message);
                if (connection is not null)
                    await connection.DisposeAsync();
                connection = null;
                await Task.Delay(PauseAfterFailure, _stopping.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        if (connection is not null)
            await connection.DisposeAsync();
    }

    // {"table", "action", "data": the row}, as Dapr's documents have the trigger write it.
    private void Report(string payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            var row = json.RootElement.GetProperty("data");
            var key = row.GetProperty("key").GetString() ?? "";
            if (keys.Count > 0 && !keys.Contains(key))
                return;
            var metadata = row.TryGetProperty("metadata", out var more) && more.ValueKind == JsonValueKind.Object
                ? more.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString())
                : [];
            var item = new ConfigurationItem(row.GetProperty("value").GetString() ?? "", row.GetProperty("version").GetString() ?? "", metadata);
            listener(new Dictionary<string, ConfigurationItem> { [key] = item });
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            logger.LogWarning("unknown format of data received in notify event - '{Payload}'", payload);
        }
    }
}
