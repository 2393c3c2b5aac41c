using NexusCart.Tests.Harness;

// The one suite on every profile; BadInputTests, which no backend has a part in, run on the embedded one alone.
namespace NexusCart.Tests.EndToEnd
{
    [CollectionDefinition(Name)]
    public sealed class EmbeddedShop() : ShopFixture(ShopProfile.Embedded), ICollectionFixture<EmbeddedShop>
    {
        public const string Name = "embedded";
    }

    [CollectionDefinition(Name)]
    public sealed class RedisShop() : ShopFixture(ShopProfile.Redis), ICollectionFixture<RedisShop>
    {
        public const string Name = "redis";
    }

    [CollectionDefinition(Name)]
    public sealed class PostgresRabbitShop() : ShopFixture(ShopProfile.PostgresRabbit), ICollectionFixture<PostgresRabbitShop>
    {
        public const string Name = "postgres-rabbitmq";
    }

    [CollectionDefinition(Name)]
    public sealed class PostgresKafkaShop() : ShopFixture(ShopProfile.PostgresKafka), ICollectionFixture<PostgresKafkaShop>
    {
        public const string Name = "postgres-kafka";
    }
}

namespace NexusCart.Tests.EndToEnd.Embedded
{
    [Collection(EmbeddedShop.Name)]
    public sealed class Checkout(EmbeddedShop shop) : CheckoutTests(shop);

    [Collection(EmbeddedShop.Name)]
    public sealed class Idempotency(EmbeddedShop shop) : IdempotencyTests(shop);

    [Collection(EmbeddedShop.Name)]
    public sealed class Audit(EmbeddedShop shop) : AuditTests(shop);

    [Collection(EmbeddedShop.Name)]
    public sealed class LoadedComponents(EmbeddedShop shop) : ComponentTests(shop);
}

namespace NexusCart.Tests.EndToEnd.Redis
{
    [Collection(RedisShop.Name)]
    public sealed class Checkout(RedisShop shop) : CheckoutTests(shop);

    [Collection(RedisShop.Name)]
    public sealed class Idempotency(RedisShop shop) : IdempotencyTests(shop);

    [Collection(RedisShop.Name)]
    public sealed class Audit(RedisShop shop) : AuditTests(shop);

    [Collection(RedisShop.Name)]
    public sealed class Mails(RedisShop shop) : MailTests(shop);

    [Collection(RedisShop.Name)]
    public sealed class LoadedComponents(RedisShop shop) : ComponentTests(shop);
}

namespace NexusCart.Tests.EndToEnd.PostgresRabbit
{
    [Collection(PostgresRabbitShop.Name)]
    public sealed class Checkout(PostgresRabbitShop shop) : CheckoutTests(shop);

    [Collection(PostgresRabbitShop.Name)]
    public sealed class Idempotency(PostgresRabbitShop shop) : IdempotencyTests(shop);

    [Collection(PostgresRabbitShop.Name)]
    public sealed class Audit(PostgresRabbitShop shop) : AuditTests(shop);

    [Collection(PostgresRabbitShop.Name)]
    public sealed class Mails(PostgresRabbitShop shop) : MailTests(shop);

    [Collection(PostgresRabbitShop.Name)]
    public sealed class LoadedComponents(PostgresRabbitShop shop) : ComponentTests(shop);
}

namespace NexusCart.Tests.EndToEnd.PostgresKafka
{
    [Collection(PostgresKafkaShop.Name)]
    public sealed class Checkout(PostgresKafkaShop shop) : CheckoutTests(shop);

    [Collection(PostgresKafkaShop.Name)]
    public sealed class Idempotency(PostgresKafkaShop shop) : IdempotencyTests(shop);

    [Collection(PostgresKafkaShop.Name)]
    public sealed class Audit(PostgresKafkaShop shop) : AuditTests(shop);

    [Collection(PostgresKafkaShop.Name)]
    public sealed class Mails(PostgresKafkaShop shop) : MailTests(shop);

    [Collection(PostgresKafkaShop.Name)]
    public sealed class LoadedComponents(PostgresKafkaShop shop) : ComponentTests(shop);
}
