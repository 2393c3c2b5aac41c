using System.Security.Cryptography;
using System.Text;
using NexusCart.Inventory.Actors;
using NexusCart.Inventory.Domain;
using NexusCart.Platform.Errors;

namespace NexusCart.Inventory.Api;

/// <summary>
/// Carries adjustments, transfers and returns to the partitions. Each id has a home partition, which learns first what the
/// document says: so the same id with other content is refused, whatever partitions that content would concern.
/// </summary>
public sealed class StaffDesk(StockPartitions partitions)
{
    /// <summary>Corrects a figure.</summary>
    /// <exception cref="Grpc.Core.RpcException">AlreadyExists: other content. FailedPrecondition: units are held. Unavailable: unknown.</exception>
    public async Task<StaffAnswer> AdjustAsync(AdjustStock adjustment)
    {
        var content = string.Create(null, $"{adjustment.Sku} {adjustment.Warehouse} {adjustment.Delta} {adjustment.Reason}");
        var answer = await RunAsync(adjustment, adjustment.Sku, content);
        return answer.Verdict is Verdict.TooFew ? throw Held(answer, adjustment.Sku, adjustment.Warehouse) : answer;
    }

    /// <summary>Carries units from one warehouse to another.</summary>
    /// <exception cref="Grpc.Core.RpcException">AlreadyExists: other content. FailedPrecondition: too few are free. Unavailable: unknown.</exception>
    public async Task<StaffAnswer> TransferAsync(TransferStock transfer)
    {
        var content = string.Create(null, $"{transfer.Line.Sku} {transfer.From} {transfer.To} {transfer.Line.Quantity}");
        var answer = await RunAsync(transfer, transfer.Line.Sku, content);
        return answer.Verdict is Verdict.TooFew ? throw Held(answer, transfer.Line.Sku, transfer.From) : answer;
    }

    /// <summary>Takes returned units in; false when that was done before.</summary>
    /// <exception cref="Grpc.Core.RpcException">AlreadyExists: other content. Unavailable: unknown.</exception>
    public async Task<bool> TakeBackAsync(string returnId, string orderId, IReadOnlyList<ReturnedUnits> lines, bool isUnsent = false)
    {
        var content = Fingerprint(orderId, lines);
        var byPartition = lines.GroupBy(line => partitions.Of(line.Sku)).ToDictionary(group => group.Key, group => group.ToList());
        var home = partitions.Of(returnId);
        byPartition.TryAdd(home, []);
        var first = await SendAsync(home);
        await Task.WhenAll(byPartition.Keys.Where(partition => partition != home).Select(SendAsync));
        // Of several that bring it at once, one is the first at its home; at another partition a later one may overtake it.
        return !first.Repeated;

        Task<StaffAnswer> SendAsync(int partition) =>
            this.SendAsync(partition, new TakeBackUnits(returnId, orderId, byPartition[partition], content, isUnsent));
    }

    private async Task<StaffAnswer> RunAsync(StaffCommand command, string sku, string content)
    {
        var home = partitions.Of(command.DocumentId);
        var partition = partitions.Of(sku);
        if (home != partition)
            await SendAsync(home, new ClaimDocument(command.DocumentId, command.Kind, content));
        return await SendAsync(partition, command);
    }

    private async Task<StaffAnswer> SendAsync(int partition, StaffCommand command)
    {
        var answer = (await partitions.SendAsync(partition, command)).Staff!;
        var what = command.Kind switch
        {
            MovementKind.Adjustment => "adjustment",
            MovementKind.Transfer => "transfer",
            _ => "return",
        };
        return answer.Verdict is Verdict.OtherContent
            ? throw Refusal.AlreadyExists($"{what}_differs", $"The {what} {command.DocumentId} is known with other content.")
            : answer;
    }

    private static Grpc.Core.RpcException Held(StaffAnswer answer, string sku, string warehouse) =>
        Refusal.Precondition("units_not_free", $"Only {answer.Units} units of {sku} are free in {warehouse}.");

    /// <summary>A digest of a return that does not depend on the order of its lines: 96 bits as 16 characters.</summary>
    private static string Fingerprint(string orderId, IReadOnlyList<ReturnedUnits> lines)
    {
        var text = new StringBuilder(orderId).Append(';');
        foreach (var line in lines.OrderBy(line => line.Sku, StringComparer.Ordinal).ThenBy(line => line.Warehouse, StringComparer.Ordinal).ThenBy(line => line.Scrap))
            text.Append(null, $"{line.Sku}:{line.Warehouse}:{line.Quantity}:{line.Scrap};");
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())), 0, 12);
    }
}
