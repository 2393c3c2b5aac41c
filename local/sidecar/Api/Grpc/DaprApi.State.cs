using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Grpc.Core;
using NexusCart.Sidecar.Api.Http;
using NexusCart.Sidecar.Hosting;
using NexusCart.Sidecar.Json;
using NexusCart.Sidecar.State;
using Empty = Google.Protobuf.WellKnownTypes.Empty;
using ProtoItem = Dapr.Client.Autogen.Grpc.v1.StateItem;
using StateItem = NexusCart.Sidecar.State.StateItem;

namespace NexusCart.Sidecar.Api.Grpc;

/// <summary>The gRPC face of <see cref="StateService"/>.</summary>
public sealed partial class DaprApi
{
    private const string ContentTypeName = "contentType";
    private StateService State => field ??= Block<StateService>();

    /// <summary>Reads one key; an absent one has no data and no etag.</summary>
    public async Task<GetStateResponse> GetState(GetStateRequest request, ServerCallContext context)
    {
        var entry = await State.GetAsync(request.StoreName, request.Key, context.CancellationToken);
        var response = new GetStateResponse();
        if (entry is null)
            return response;
        response.Data = UnsafeByteOperations.UnsafeWrap(entry.Value);
        response.Etag = entry.ETag;
        if (entry.ExpiresAt is { } end)
            response.Metadata[StateMetadata.ExpiryName] = StateMetadata.Format(end);
        return response;
    }

    /// <summary>Reads many keys.</summary>
    public async Task<GetBulkStateResponse> GetBulkState(GetBulkStateRequest request, ServerCallContext context)
    {
        var hits = await State.GetBulkAsync(request.StoreName, request.Keys, context.CancellationToken);
        var response = new GetBulkStateResponse();
        foreach (var (key, entry) in hits)
        {
            var item = new BulkStateItem { Key = key };
            if (entry is not null)
            {
                item.Data = UnsafeByteOperations.UnsafeWrap(entry.Value);
                item.Etag = entry.ETag;
                if (entry.ExpiresAt is { } end)
                    item.Metadata[StateMetadata.ExpiryName] = StateMetadata.Format(end);
            }

            response.Items.Add(item);
        }

        return response;
    }

    /// <summary>Saves items, each on its own.</summary>
    public async Task<Empty> SaveState(SaveStateRequest request, ServerCallContext context)
    {
        State.Require(request.StoreName);
        var items = new List<StateItem>(request.States.Count);
        foreach (var state in request.States)
        {
            if (state.Key.Length == 0)
                throw StateErrors.EmptyKey();
            State.CheckKey(request.StoreName, state.Key);
            items.Add(Read(state, parsesJson: true));
        }

        await State.SaveAsync(request.StoreName, items, context.CancellationToken);
        return new Empty();
    }

    /// <summary>Deletes one key.</summary>
    public async Task<Empty> DeleteState(DeleteStateRequest request, ServerCallContext context)
    {
        var item = new StateItem
        {
            Key = request.Key,
            ETag = request.Etag?.Value,
            Concurrency = Word(request.Options?.Concurrency),
            Metadata = request.Metadata,
        };
        await State.DeleteAsync(request.StoreName, item, context.CancellationToken);
        return new Empty();
    }

    /// <summary>Deletes items, each on its own.</summary>
    public async Task<Empty> DeleteBulkState(DeleteBulkStateRequest request, ServerCallContext context)
    {
        var items = request.States.Select(state => Read(state, parsesJson: false)).ToArray();
        await State.DeleteBulkAsync(request.StoreName, items, context.CancellationToken);
        return new Empty();
    }

    /// <summary>All or nothing.</summary>
    public async Task<Empty> ExecuteStateTransaction(ExecuteStateTransactionRequest request, ServerCallContext context)
    {
        State.Require(request.StoreName);
        var operations = new List<StateTransactionItem>(request.Operations.Count);
        foreach (var operation in request.Operations)
        {
            var item = Read(operation.Request ?? new ProtoItem(), parsesJson: false);
            State.CheckKey(request.StoreName, item.Key);
            operations.Add(operation.OperationType switch
            {
                "upsert" => new StateTransactionItem(Delete: false, item),
                "delete" => new StateTransactionItem(Delete: true, item),
                var other => throw StateErrors.UnsupportedOperation(other),
            });
        }

        var trace = TraceContext.Of(context.GetHttpContext()).TraceParent;
        await State.TransactAsync(request.StoreName, operations, trace, context.CancellationToken);
        return new Empty();
    }

    /// <summary>The query API, which none of these stores has.</summary>
    public Task<QueryStateResponse> QueryStateAlpha1(QueryStateRequest request, ServerCallContext context)
    {
        State.Query(request.StoreName);
        return Task.FromResult(new QueryStateResponse());
    }

    /// <param name="state">The item as it came.</param>
    /// <param name="parsesJson">Whether a value said to be JSON is written anew, as daprd does in plain saves.</param>
    private static StateItem Read(ProtoItem state, bool parsesJson)
    {
        var value = state.Value.Memory;
        if (parsesJson && state.Metadata.TryGetValue(ContentTypeName, out var type) && type == "application/json")
        {
            try
            {
                value = GoJson.Write(GoJson.ParseWhole(value));
            }
            catch (JsonException e)
            {
                throw new RpcException(new Status(StatusCode.Unknown, e.Message));
            }
        }

        return new StateItem
        {
            Key = state.Key,
            Value = value,
            ETag = state.Etag?.Value,
            Concurrency = Word(state.Options?.Concurrency),
            Metadata = state.Metadata,
        };
    }

    private static string Word(StateOptions.Types.StateConcurrency? concurrency) => concurrency switch
    {
        StateOptions.Types.StateConcurrency.ConcurrencyFirstWrite => "first-write",
        StateOptions.Types.StateConcurrency.ConcurrencyLastWrite => "last-write",
        _ => "",
    };
}
