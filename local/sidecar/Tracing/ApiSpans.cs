using System.Diagnostics;
using Dapr.Client.Autogen.Grpc.v1;

namespace NexusCart.Sidecar.Tracing;

/// <summary>Names and attributes of the spans of API calls, as daprd gives them.</summary>
internal static class ApiSpans
{
    private const string Dapr = "Dapr";
    private const string Invocation = "ServiceInvocation";

    /// <summary>A call of the HTTP API.</summary>
    /// <param name="span">Its span.</param>
    /// <param name="method">The verb.</param>
    /// <param name="path">The path.</param>
    /// <param name="appId">What the header <c>dapr-app-id</c> says; null when it is not there.</param>
    public static void DescribeHttp(Activity span, string method, string path, string? appId)
    {
        var parts = path.Split('/', 6, StringSplitOptions.RemoveEmptyEntries);
        var statement = $"{method} {path}";
        switch (parts)
        {
            case [_, "invoke", var target, "method", ..]:
                Call(span, target, string.Join('/', parts[4..]));
                break;
            case [_, "state" or "secrets", var store, ..]:
                Store(span, parts[1], store, statement);
                break;
            case [_, "bindings", var binding, ..]:
                Store(span, "bindings", binding, statement);
                break;
            case [_, "publish", var first, ..]:
                Topic(span, first == "bulk" && parts.Length > 4 ? parts[4] : string.Join('/', parts[3..]));
                break;
            case [_, "actors", var type, var id, "method", ..]:
                Actor(span, type, id, string.Join('/', parts[5..]));
                break;
            case [_, "actors", var type, var id, "state", ..]:
                span.SetTag("dapr.actor", $"{type}.{id}");
                Store(span, "state", "actor", statement);
                break;
            default:
                if (appId is not null)
                    Call(span, appId, path.TrimStart('/'));
                break;
        }
    }

    /// <summary>A call of the gRPC API.</summary>
    /// <param name="span">Its span.</param>
    /// <param name="rpc">The full name of the method.</param>
    /// <param name="request">What it was asked.</param>
    public static void DescribeRpc(Activity span, string rpc, object request)
    {
        switch (request)
        {
            case InvokeServiceRequest invoke:
                Call(span, invoke.Id, invoke.Message?.Method ?? "");
                break;
            case PublishEventRequest publish:
                Rpc(span, Dapr);
                Topic(span, publish.Topic);
                break;
            case BulkPublishRequest publish:
                Rpc(span, Dapr);
                Topic(span, publish.Topic);
                break;
            case InvokeBindingRequest binding:
                Rpc(span, Dapr);
                Store(span, "bindings", binding.Name, rpc);
                break;
            case GetStateRequest state:
                Rpc(span, Dapr);
                Store(span, "state", state.StoreName, rpc);
                break;
            case SaveStateRequest state:
                Rpc(span, Dapr);
                Store(span, "state", state.StoreName, rpc);
                break;
            case DeleteStateRequest state:
                Rpc(span, Dapr);
                Store(span, "state", state.StoreName, rpc);
                break;
            case GetSecretRequest secret:
                Rpc(span, Dapr);
                Store(span, "secrets", secret.StoreName, rpc);
                break;
            case InvokeActorRequest actor:
                Actor(span, actor.ActorType, actor.ActorId, actor.Method);
                break;
        }
    }

    /// <summary>A delivery of an event.</summary>
    public static void DescribeDelivery(Activity span, string topic) => Topic(span, topic);

    /// <summary>A call of an app that came from another sidecar.</summary>
    public static void DescribeCall(Activity span, string method)
    {
        Rpc(span, Invocation);
        span.SetTag("dapr.invoke_method", method);
        span.SetTag("dapr.protocol", "grpc");
        span.SetTag("dapr.api", "/dapr.proto.internals.v1.ServiceInvocation/CallLocal");
    }

    /// <summary>An event of an input binding.</summary>
    public static void DescribeBinding(Activity span, string binding)
    {
        Rpc(span, Dapr);
        Store(span, "bindings", binding, $"POST /{binding}");
    }

    private static void Call(Activity span, string target, string method)
    {
        span.DisplayName = $"CallLocal/{target}/{method}";
        Rpc(span, Invocation);
        span.SetTag("net.peer.name", target);
        span.SetTag("dapr.invoke_method", method);
    }

    private static void Actor(Activity span, string type, string id, string method)
    {
        span.DisplayName = $"CallActor/{type}/{method}";
        Rpc(span, Invocation);
        span.SetTag("dapr.actor", $"{type}.{id}");
        span.SetTag("net.peer.name", $"{type}.{id}");
    }

    private static void Store(Activity span, string system, string name, string statement)
    {
        span.SetTag("db.system", system);
        span.SetTag("db.name", name);
        span.SetTag("db.statement", statement);
        span.SetTag("db.connection_string", system);
    }

    private static void Topic(Activity span, string topic)
    {
        span.SetTag("messaging.system", "pubsub");
        span.SetTag("messaging.destination.name", topic);
    }

    private static void Rpc(Activity span, string service) => span.SetTag("rpc.service", service);
}
