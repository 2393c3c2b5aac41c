using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Hosting.Run;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Tests.Sidecar.Run;

public sealed class RunFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("runfile-").FullName;

    public RunFileTests()
    {
        foreach (var folder in (string[])["app", "other", "shared", "own", "given"])
            Directory.CreateDirectory(Path.Combine(_folder, folder));
    }

    [Fact]
    public void App_wins_over_common_except_with_zero_values()
    {
        var app = Parse("""
            version: 1
            common:
              appProtocol: h2c
              enableAppHealthCheck: true
              appHealthProbeInterval: 7
              appMaxConcurrency: 3
              logLevel: debug
              env: { A: common, B: common }
            apps:
              - appDirPath: app
                appPort: 8000
                enableAppHealthCheck: false
                appHealthProbeInterval: 0
                appProtocol: ""
                logLevel: error
                env: { B: app, C: "" }
            """).Apps.Single();

        Assert.Equal("app", app.AppId);
        Assert.Equal(AppProtocol.H2c, app.Sidecar.AppProtocol);
        Assert.True(app.Sidecar.EnableAppHealthCheck);
        Assert.Equal(TimeSpan.FromSeconds(7), app.Sidecar.AppHealthProbeInterval);
        Assert.Equal(3, app.Sidecar.AppMaxConcurrency);
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Error, app.LogLevel);
        Assert.Equal(new Dictionary<string, string> { ["A"] = "common", ["B"] = "app", ["C"] = "" }, app.Environment);
    }

    [Fact]
    public void Environment_of_the_app_is_the_CLIs_and_the_file_has_the_last_word()
    {
        var app = Parse("""
            version: 1
            apps:
              - appID: shop
                appDirPath: app
                appPort: 8000
                daprHTTPPort: 3777
                daprGRPCPort: 4777
                metricsPort: 9777
                appProtocol: grpc
                env: { DAPR_HTTP_PORT: "1", MINE: x }
            """).Apps.Single();
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in app.Variables())
            environment[name] = value;

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["APP_ID"] = "shop", ["APP_CHANNEL_ADDRESS"] = "127.0.0.1", ["APP_PORT"] = "8000", ["DAPR_HTTP_PORT"] = "1",
                ["DAPR_GRPC_PORT"] = "4777", ["DAPR_METRICS_PORT"] = "9777", ["APP_PROTOCOL"] = "grpc", ["MINE"] = "x",
            },
            environment);
    }

    [Fact]
    public void Paths_start_at_the_run_file_in_common_and_at_the_app_in_apps()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "app", "mine"));
        File.WriteAllText(Path.Combine(_folder, "config.yaml"), "");
        var apps = Parse("""
            version: 1
            common: { resourcesPath: shared, configFilePath: config.yaml }
            apps:
              - { appID: a, appDirPath: app, resourcesPaths: [mine], resourcesPath: ../own }
              - { appID: b, appDirPath: other }
            """).Apps;

        Assert.Equal([Path.Combine(_folder, "app", "mine"), Path.Combine(_folder, "own")], apps[0].Sidecar.ResourcePaths);
        Assert.Equal([Path.Combine(_folder, "shared")], apps[1].Sidecar.ResourcePaths);
        Assert.Equal([Path.Combine(_folder, "config.yaml")], apps[0].Sidecar.ConfigPaths);
    }

    [Fact]
    public void Folder_dot_dapr_of_an_app_wins_over_common_and_the_command_line_over_everything()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "app", ".dapr", "resources"));
        const string Text = "{ version: 1, common: { resourcesPath: shared }, apps: [ { appDirPath: app } ] }";

        Assert.Equal([Path.Combine(_folder, "app", ".dapr", "resources")], Parse(Text).Apps[0].Sidecar.ResourcePaths);
        var overridden = Parse(Text, new RunOverrides { ResourcePaths = ["/given"] });
        Assert.Equal(["/given"], overridden.Apps[0].Sidecar.ResourcePaths);
    }

    [Fact]
    public void File_without_resources_gets_the_embedded_components_beside_it()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "components", "embedded"));

        var app = Parse("{ version: 1, apps: [ { appDirPath: app } ] }").Apps.Single();

        Assert.Equal([Path.Combine(_folder, "components", "embedded")], app.Sidecar.ResourcePaths);
    }

    [Fact]
    public void Common_embedded_resources_win_over_what_the_dapr_cli_runs_with_and_over_nothing_else()
    {
        var file = Parse("""
            version: 1
            common: { resourcesPath: shared, embeddedResourcesPath: own }
            apps:
              - { appID: a, appDirPath: app }
              - { appID: b, appDirPath: app, resourcesPath: ../shared }
            """);

        Assert.Equal([Path.Combine(_folder, "own")], file.Apps[0].Sidecar.ResourcePaths);
        Assert.Equal([Path.Combine(_folder, "shared")], file.Apps[1].Sidecar.ResourcePaths);
        Assert.Empty(file.Warnings);
        Assert.Throws<ResourceException>(() => Parse("{ version: 1, common: { embeddedResourcesPath: nowhere }, apps: [ { appDirPath: app } ] }"));
    }

    [Fact]
    public void Ports_that_are_not_given_are_free_ones_and_differ()
    {
        var apps = Parse("{ version: 1, apps: [ { appID: a, appDirPath: app }, { appID: b, appDirPath: app, daprHTTPPort: -1 } ] }").Apps;

        var ports = apps.SelectMany(app => new[] { app.Sidecar.HttpPort, app.Sidecar.GrpcPort, app.Sidecar.MetricsPort!.Value }).ToList();
        Assert.All(ports, port => Assert.InRange(port, 1024, 65535));
        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.Null(apps[0].Sidecar.AppPort);
    }

    [Fact]
    public void Unknown_keys_are_warned_about_with_their_line()
    {
        var file = Parse("""
            version: 1
            nmae: x
            common:
              appProtocool: h2c
            apps:
              - appDirPath: app
                daprHttpPort: 1
            """);

        Assert.Equal(
            ["run.yaml:2: unknown key 'nmae' is ignored", "run.yaml:4: unknown key 'appProtocool' is ignored", "run.yaml:7: unknown key 'daprHttpPort' is ignored"],
            file.Warnings);
    }

    [Theory]
    [InlineData("apps: [ { appDirPath: app } ]", "required field 'version' not found")]
    [InlineData("version: 1", "No apps to run")]
    [InlineData("{ version: 1, apps: [ { appID: a } ] }", "required field 'appDirPath' not found")]
    [InlineData("{ version: 1, apps: [ { appDirPath: nowhere } ] }", "does not exist")]
    [InlineData("{ version: 1, apps: [ { appDirPath: app, appPort: x } ] }", "run.yaml:1: 'appPort' must be a whole number")]
    [InlineData("{ version: 1, apps: [ { appDirPath: app, appProtocol: ftp } ] }", "appProtocol 'ftp' is none of")]
    [InlineData("{ version: 1, apps: [ { appDirPath: app, maxBodySize: much } ] }", "is no size")]
    [InlineData("{ version: 1, apps: [ { appDirPath: app, resourcesPath: nowhere } ] }", "does not exist")]
    [InlineData("version: 1\napps:\n - appDirPath: [", "run.yaml:")]
    public void Faults_are_named(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<ResourceException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Empty_placement_address_switches_actors_off()
    {
        var apps = Parse("""
            version: 1
            apps:
              - { appID: a, appDirPath: app, placementHostAddress: "" , schedulerHostAddress: "" }
              - { appID: b, appDirPath: app, placementHostAddress: "localhost:50005" }
              - { appID: c, appDirPath: app }
            """).Apps;

        Assert.Equal([false, true, true], apps.Select(app => app.Sidecar.PlacementEnabled));
        Assert.All(apps, app => Assert.True(app.Sidecar.SchedulerEnabled));
    }

    [Fact]
    public void Argument_is_a_file_a_folder_or_an_error()
    {
        File.WriteAllText(Path.Combine(_folder, "dapr.yaml"), "");

        Assert.Equal(Path.Combine(_folder, "dapr.yaml"), RunFile.Locate(_folder));
        Assert.Equal("-", RunFile.Locate("-"));
        Assert.Contains("is not a YAML file", Assert.Throws<ResourceException>(() => RunFile.Locate("dapr.json")).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<ResourceException>(() => RunFile.Locate("none.yaml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checks_find_ports_given_twice_and_ports_in_use()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, FreePorts.Next());
        listener.Start();
        var taken = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;

        var faults = Preflight.Check(Parse($$"""
            version: 1
            apps:
              - { appID: a, appDirPath: app, daprHTTPPort: 31401, daprGRPCPort: 31401, command: [x] }
              - { appID: b, appDirPath: app, appPort: {{taken}}, command: [x] }
            """).Apps);

        Assert.Contains("port 31401 is given to daprHTTPPort of a and daprGRPCPort of a", faults);
        Assert.Contains($"port {taken} (appPort of b) is in use by another program", faults);
    }

    [Fact]
    public void Ports_chosen_for_what_names_none_are_not_those_that_the_file_names_elsewhere()
    {
        var next = FreePorts.Next();
        var named = Enumerable.Range(next + 1, 40).ToList();
        var apps = string.Join(", ", named.Select((port, i) => i % 2 == 0
            ? $"{{ appID: a{i}, appDirPath: app, appPort: {port} }}"
            : $"{{ appID: a{i}, appDirPath: app, env: {{ MANAGEMENT_PORT: \"{port}\" }} }}"));

        var runs = Parse($"{{ version: 1, apps: [ {apps} ] }}").Apps;

        Assert.Empty(runs.SelectMany(app => (int?[])[app.Sidecar.HttpPort, app.Sidecar.GrpcPort, app.Sidecar.MetricsPort]).OfType<int>().Intersect(named));
    }

    [Fact]
    public void App_id_given_twice_is_two_instances_and_a_warning()
    {
        var file = Parse("{ version: 1, apps: [ { appID: a, appDirPath: app }, { appID: b, appDirPath: app }, { appID: a, appDirPath: other } ] }");

        Assert.Equal(["a#1", "b", "a#2"], file.Apps.Select(app => app.Instance));
        Assert.Equal(["a", "b", "a"], file.Apps.Select(app => app.AppId));
        Assert.Equal(["app id 'a' is given 2 times: a#1 and a#2 share its calls and messages"], file.Warnings);
    }

    [Fact]
    public void Checks_find_component_files_that_do_not_parse()
    {
        File.WriteAllText(Path.Combine(_folder, "shared", "bad.yaml"), "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: x }\nspec: { version: v1 }\n");

        var faults = Preflight.Check(Parse("{ version: 1, common: { resourcesPath: shared }, apps: [ { appID: a, appDirPath: app }, { appID: b, appDirPath: app } ] }").Apps);

        Assert.Equal([$"{Path.Combine(_folder, "shared", "bad.yaml")}:4: 'type' is missing"], faults);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunFile Parse(string text, RunOverrides? overrides = null) => RunFile.Parse(text, "run.yaml", _folder, overrides ?? new RunOverrides());
}
