namespace NexusCart.Tests.Sidecar.Conformance;

/// <summary>Profile main: everything, with state in memory.</summary>
public sealed class MainConformance(MainConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "mem");
}

/// <summary>Profile main: the state API, with state in SQLite.</summary>
public sealed class MainSqliteStateConformance(MainSqliteStateConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainSqliteStateConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "state")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "sqlite");
}

/// <summary>Profile main: what has a driver for Redis, on a real server.</summary>
public sealed class MainRedisConformance(MainRedisConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainRedisConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "state,pubsub,lock,config,outbox,actors")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "redis");
}

/// <summary>Profile main: publish and subscribe on a real RabbitMQ server.</summary>
public sealed class MainRabbitConformance(MainRabbitConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainRabbitConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "pubsub")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "rabbitmq");
}

/// <summary>Profile main: publish and subscribe on Kafka, played by its client's mock cluster.</summary>
public sealed class MainKafkaConformance(MainKafkaConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainKafkaConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "pubsub")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "kafka");
}

/// <summary>Profile main: the state API, recorded with state in SQLite, on a real PostgreSQL server.</summary>
public sealed class MainPostgresStateConformance(MainPostgresStateConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainPostgresStateConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "state")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "sqlite", "postgres");
}

/// <summary>Profile main: actors, recorded with state in memory, on a real PostgreSQL server.</summary>
public sealed class MainPostgresActorConformance(MainPostgresActorConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainPostgresActorConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "actors")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "mem", "postgres");
}

/// <summary>Profile main: locks, recorded with Redis, on the lock store without a server.</summary>
public sealed class MainEmbeddedLockConformance(MainEmbeddedLockConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<MainEmbeddedLockConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "lock")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "redis", "embedded");
}

/// <summary>Profile main: configuration, recorded with Redis, on the store that is a file.</summary>
public sealed class MainEmbeddedConfigurationConformance(MainEmbeddedConfigurationConformance.Profile fixture)
    : ConformanceTests(fixture), IClassFixture<MainEmbeddedConfigurationConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "main", "config")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("main", "redis", "embedded");
}

/// <summary>Profile bare: no app, no components.</summary>
public sealed class BareConformance(BareConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<BareConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "bare")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("bare", "mem");
}

/// <summary>Profile token: API token and app token.</summary>
public sealed class TokenConformance(TokenConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<TokenConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "token")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("token", "mem");
}

/// <summary>Profile allow: api.allowed.</summary>
public sealed class AllowConformance(AllowConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<AllowConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "allow")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("allow", "mem");
}

/// <summary>Profile limits: small bodies, one call at a time.</summary>
public sealed class LimitsConformance(LimitsConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<LimitsConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "limits")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("limits", "mem");
}

/// <summary>Profile grpcapp: an app that speaks gRPC.</summary>
public sealed class GrpcAppConformance(GrpcAppConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<GrpcAppConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "grpcapp")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("grpcapp", "mem");
}

/// <summary>Profile health: app health checks.</summary>
public sealed class HealthConformance(HealthConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<HealthConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "health")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("health", "mem");
}

/// <summary>Profile acl: accessControl.</summary>
public sealed class AccessControlConformance(AccessControlConformance.Profile fixture) : ConformanceTests(fixture), IClassFixture<AccessControlConformance.Profile>
{
    [Theory]
    [MemberData(nameof(Cases), "acl")]
    public Task Case(string id) => RunAsync(id);

    public sealed class Profile() : ConformanceProfile("acl", "mem");
}
