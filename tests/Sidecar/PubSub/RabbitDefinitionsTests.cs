using System.Text;
using System.Text.Json;
using NexusCart.Tests.Servers;
using RabbitMQ.Client;

namespace NexusCart.Tests.Sidecar.PubSub;

/// <summary>What components/postgres-rabbitmq has the server know before the shop comes.</summary>
public sealed class RabbitDefinitionsTests
{
    private static readonly string Definitions = Path.Combine(RepositoryRoot.Folder, "components", "postgres-rabbitmq", "definitions.json");
    private static readonly Uri Login = new(JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Folder, "components", "secrets.json")))
        .RootElement.GetProperty("rabbitmq-connection").GetString()!);

    /// <summary>An exchange without a queue drops what it is given.</summary>
    [Fact]
    public async Task Dead_letters_that_nobody_subscribes_to_are_kept()
    {
        Assert.SkipWhen(RabbitServer.Missing is not null, RabbitServer.Missing ?? "");
        var login = Login.UserInfo.Split(':');
        await using var server = new RabbitServer((Definitions, login[0], login[1]));
        await server.StartAsync();
        await using (var client = await server.OpenClientAsync())
        {
            await using var channel = await client.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
            foreach (var topic in (string[])["orders", "orders-dead"])
            {
                await channel.ExchangeDeclareAsync(topic, "fanout", durable: true, autoDelete: false);
                var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent };
                await channel.BasicPublishAsync(topic, "", mandatory: false, properties, Encoding.UTF8.GetBytes(topic));
            }
        }

        await server.KillAsync();
        await server.StartAsync();

        await using var again = await server.OpenClientAsync();
        await using var reader = await again.CreateChannelAsync();
        var kept = await reader.BasicGetAsync("dead-letters", autoAck: true);
        Assert.Equal("orders-dead", Encoding.UTF8.GetString(kept!.Body.Span));
        Assert.Null(await reader.BasicGetAsync("dead-letters", autoAck: true));
    }

    [Fact]
    public void Queues_of_replicas_are_told_from_those_of_apps()
    {
        using var definitions = JsonDocument.Parse(File.ReadAllText(Definitions));
        var policy = definitions.RootElement.GetProperty("policies").EnumerateArray()
            .Single(policy => policy.GetProperty("definition").TryGetProperty("expires", out _)).GetProperty("pattern").GetString()!;
        Assert.Matches(policy, $"{Guid.NewGuid()}-products");
        Assert.DoesNotMatch(policy, "catalog-products");
    }
}
