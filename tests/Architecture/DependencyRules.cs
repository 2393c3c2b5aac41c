namespace NexusCart.Tests.Architecture;

/// <summary>Dependencies point one way: services → platform, protos; orders → workflows; workflows → platform, protos.</summary>
public sealed class DependencyRules
{
    private const string Platform = "platform/NexusCart.Platform.csproj";
    private const string Protos = "protos/NexusCart.Protos.csproj";
    private const string Workflows = "workflows/NexusCart.Workflows.csproj";
    private const string Bench = "bench/NexusCart.Bench.csproj";
    private const string WorkflowStandIn = "local/compat/Dapr.Workflow/Dapr.Workflow.csproj";
    private const string Sidecar = "local/sidecar/NexusCart.Sidecar.csproj";
    private const string SidecarTesting = "local/testing/NexusCart.Sidecar.Testing.csproj"; // Its package carries the sidecar's assemblies.
    private const string TaskHub = "local/taskhub/NexusCart.TaskHub.csproj";

    /// <summary>Clients of brokers, databases and caches: only the sidecar knows any.</summary>
    private static readonly string[] Drivers =
    [
        "StackExchange.Redis", "NRedisStack", "Npgsql", "Dapper", "Confluent.Kafka", "RabbitMQ.Client", "Microsoft.Data.Sqlite", "SQLitePCLRaw",
        "NATS.", "MQTTnet", "MongoDB.", "Microsoft.Data.SqlClient", "MySqlConnector", "Microsoft.EntityFrameworkCore", "Azure.", "AWSSDK.",
        "Google.Cloud.", "Microsoft.Extensions.Caching.StackExchangeRedis", "RocksDb", "LiteDB",
    ];

    [Fact]
    public void Every_project_refers_only_to_what_it_may()
    {
        var wrong = from project in Repository.Projects
                    where Allowed(project) is not null
                    from reference in project.Projects
                    where !Allowed(project)!.Contains(reference)
                    select $"{project.Path} must not refer to {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nobody_refers_to_a_service()
    {
        var wrong = from project in Repository.Projects
                    // The bench measures pure functions of a service in its own process.
                    where project.Path != Bench && !project.Path.StartsWith("tests/", StringComparison.Ordinal)
                    from reference in project.Projects
                    where reference.StartsWith("services/", StringComparison.Ordinal)
                    select $"{project.Path} must not refer to {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Only_the_sidecar_knows_a_driver()
    {
        var wrong = from project in Repository.Projects
                    where project.Path is not (Sidecar or SidecarTesting) && !project.Path.StartsWith("tests/Sidecar/", StringComparison.Ordinal)
                    from package in project.Packages
                    where Drivers.Any(driver => package.StartsWith(driver, StringComparison.OrdinalIgnoreCase))
                    select $"{project.Path} must not refer to {package}";
        Assert.Empty(wrong);
    }

    /// <summary>The testing package carries the sidecar's assemblies; what they need it must ask for itself.</summary>
    [Fact]
    public void The_testing_package_asks_for_what_the_sidecar_in_it_needs()
    {
        var sidecar = Repository.Projects.Single(project => project.Path == Sidecar);
        var testing = Repository.Projects.Single(project => project.Path == SidecarTesting);
        // The command line is the program's alone.
        Assert.Empty(sidecar.Packages.Except(testing.Packages).Except(["System.CommandLine"]));
    }

    [Fact]
    public void The_workflow_package_and_its_stand_in_are_known_to_the_sagas_and_their_bench_alone()
    {
        var wrong = from project in Repository.Projects
                    where project.Path is not (Workflows or Bench) && !project.Path.StartsWith("tests/", StringComparison.Ordinal)
                    where project.Projects.Contains(WorkflowStandIn) || project.Packages.Contains("Dapr.Workflow")
                    select project.Path;
        Assert.Empty(wrong);
    }

    [Fact]
    public void Versions_are_in_one_place_and_none_floats()
    {
        var versioned = from file in Repository.Files
                        where file.Path.EndsWith(".csproj", StringComparison.Ordinal)
                        from reference in System.Xml.Linq.XDocument.Load(file.FullPath).Descendants("PackageReference")
                        where reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null
                        select $"{file.Path}: {reference}";
        Assert.Empty(versioned);

        var central = System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));
        Assert.DoesNotContain(central.Descendants("PackageVersion").Select(v => (string)v.Attribute("Version")!), v => v.IndexOfAny(['*', '[', '(']) >= 0);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "NexusCart.sln")).Replace('\\', '/');
        Assert.DoesNotContain(Repository.Projects.Select(p => p.Path), path => !solution.Contains(path, StringComparison.Ordinal));
    }

    /// <summary>What a project may refer to; null where there is no rule (tests, bench, tools).</summary>
    private static string[]? Allowed(Project project) => project.Path switch
    {
        Protos => [],
        Platform => [Protos],
        Workflows => [Platform, Protos, WorkflowStandIn],
        "services/orders/NexusCart.Orders.csproj" => [Platform, Protos, Workflows],
        WorkflowStandIn => [TaskHub],
        TaskHub => [],
        Sidecar => [TaskHub],
        SidecarTesting => [Sidecar],
        "local/sandbox/NexusCart.Sandbox.csproj" => [],
        "cli/NexusCart.Cli.csproj" => [Protos],
        _ when project.Path.StartsWith("services/", StringComparison.Ordinal) => [Platform, Protos],
        _ => null,
    };
}
