using NexusCart.Sidecar.Metrics;
using NexusCart.Sidecar.Resources;

namespace NexusCart.Tests.Sidecar.Metrics;

public sealed class PathLabelsTests
{
    [Theory]
    [InlineData("/v1.0/state/store/key-1", "/v1.0/state/store")]
    [InlineData("/v1.0/state/store", "/v1.0/state/store")]
    [InlineData("/v1.0/secrets/vault/name", "/v1.0/secrets/vault")]
    [InlineData("/v1.0/actors/Cart/c1/method/Add", "/v1.0/actors/Cart/{id}/method")]
    [InlineData("/v1.0/actors/Cart/c1/timer/t", "/v1.0/actors/Cart/{id}/timer")]
    [InlineData("/v1.0/actors/Cart/c1", "/v1.0/actors/Cart/c1")]
    [InlineData("/actors/Cart/c1/method/Add", "actors/Cart/{id}/method/Add")]
    [InlineData("/v1.0/workflows/dapr/abc", "/v1.0/workflows/dapr/{instanceId}")]
    [InlineData("/v1.0/workflows/dapr/Checkout/start", "/v1.0/workflows/dapr/Checkout/start")]
    [InlineData("/v1.0/workflows/dapr/abc/terminate", "/v1.0/workflows/dapr/{instanceId}/terminate")]
    [InlineData("/v1.0/workflows/dapr/abc/raiseEvent/paid", "/v1.0/workflows/dapr/{instanceId}/raiseEvent/{eventName}")]
    [InlineData("/v1.0/publish/pubsub/orders", "/v1.0/publish/pubsub/orders")]
    [InlineData("/v1.0/invoke/orders/method/orders/42", "/v1.0/invoke/orders/method/orders/42")]
    [InlineData("/healthz", "/healthz")]
    [InlineData("", "")]
    public void Leaves_out_what_differs_from_call_to_call(string path, string label) =>
        Assert.Equal(label, Labels(new MetricsSpec()).Of(path));

    [Theory]
    [InlineData("/orders/42", "/orders/{id}")]
    [InlineData("/orders/special", "/orders/special")]
    [InlineData("/orders/42/items/7", "/orders/{id}/items/{item}")]
    [InlineData("/v1.0/invoke/shop/method/orders/42", "/v1.0/invoke/{app_id}/method/orders/{id}")]
    [InlineData("/files/a/b/c", "/files/")]
    [InlineData("/files", "")]
    [InlineData("/tree/a/b", "/tree/{rest...}")]
    [InlineData("/tree", "")]
    [InlineData("/orders", "")]
    [InlineData("/orders/", "")]
    [InlineData("/v1.0/state/store/key-1", "/v1.0/state/store")]
    public void Names_the_pattern_that_matches_best_and_nothing_else_when_paths_shall_be_few(string path, string label) =>
        Assert.Equal(label, Labels(Patterns(increased: false)).Of(path));

    [Theory]
    [InlineData("/orders/42", "/orders/{id}")]
    [InlineData("/other/42", "/other/42")]
    public void Keeps_paths_without_a_pattern_when_they_may_be_many(string path, string label) =>
        Assert.Equal(label, Labels(Patterns(increased: true)).Of(path));

    [Fact]
    public void Leaves_all_paths_out_without_patterns_when_they_shall_be_few() =>
        Assert.Equal("", Labels(new MetricsSpec { IncreasedCardinality = false }).Of("/healthz"));

    [Fact]
    public void Has_an_end_to_the_number_of_paths_and_says_so_once()
    {
        var said = 0;
        var labels = new PathLabels(new MetricsSpec(), isLimited: true, () => said++);

        for (var i = 0; i < 5_000; i++)
            Assert.Equal($"/orders/{i}", labels.Of($"/orders/{i}"));

        Assert.Equal("", labels.Of("/orders/5000"));
        Assert.Equal("", labels.Of("/orders/5001"));
        Assert.Equal("/orders/17", labels.Of("/orders/17"));
        Assert.Equal(1, said);
    }

    [Fact]
    public void Allocates_nothing_for_a_path_it_knows()
    {
        var labels = Labels(new MetricsSpec());
        string[] paths = ["/v1.0/state/store/key-1", "/v1.0/actors/Cart/c1/method/Add", "/v1.0/invoke/orders/method/hello"];
        foreach (var path in paths)
            labels.Of(path);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var path in paths)
            labels.Of(path);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static MetricsSpec Patterns(bool increased) => new()
    {
        IncreasedCardinality = increased,
        PathMatching = ["/orders/{id}", "/orders/special", "/orders/{id}/items/{item}", "/files/", "/tree/{rest...}", "/v1.0/state/store"],
    };

    private static PathLabels Labels(MetricsSpec spec) => new(spec, isLimited: true, () => Assert.Fail("there are few"));
}
