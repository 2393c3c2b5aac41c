using System.Text.Json;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using NexusCart.Platform.Actors;
using NexusCart.Users.Domain;
using NexusCart.Users.Events;

namespace NexusCart.Users.Actors;

/// <summary>What came of a command.</summary>
/// <param name="Verdict">What it came to.</param>
/// <param name="Account">The account after it; null when there is none, or when it is another's.</param>
public sealed record AccountAnswer(AccountVerdict Verdict, Account? Account);

/// <summary>The calls an account shard takes.</summary>
public interface IAccountShardActor : IActor
{
    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ExecuteAsync"/>
    Task<ShardReply<AccountAnswer>[]> ExecuteAsync(ShardCommand<AccountCommand>[] batch);

    /// <inheritdoc cref="AggregateShard{TEntity,TCommand,TAnswer}.ReadPageAsync"/>
    Task<ShardPage<Account>> ReadPageAsync(ShardPageRequest request);
}

/// <summary>
/// One shard of the accounts: the only writer of its accounts and of their events. Next to events it keeps one other kind of pending
/// effect: the e-mail address of an erased account, given free until that succeeded.
/// </summary>
public sealed class AccountShardActor(ActorHost host, AggregateShardServices services, IActorProxyFactory proxies)
    : AggregateShard<Account, AccountCommand, AccountAnswer>(host, services), IAccountShardActor
{
    private const string ReleaseEmail = "users.release-email";

    /// <inheritdoc/>
    protected override ShardDecision<Account, AccountAnswer> Decide(
        string entityId, Account? entity, AccountCommand command, DateTimeOffset now)
    {
        var decision = AccountMachine.Decide(entityId, entity, command, now);
        var answer = new AccountAnswer(decision.Verdict, decision.Account);
        if (!decision.Changed)
            return ShardDecision.Unchanged<Account, AccountAnswer>(answer);

        var pending = new List<PendingEvent>();
        if (decision.News is { } news)
            pending.Add(UserEvents.Of(decision.Account!, news, now));
        if (decision.Sent is { } sent)
            pending.Add(UserEvents.Of(decision.Account!, sent, now));
        if (decision.News is AccountNews.Erased)
        {
            // The address itself must not outlive the account, not even here: its digest names the actor.
            var data = JsonSerializer.SerializeToElement(EmailActor.IdOf(entity!.Email), UsersJson.Default.String);
            pending.Add(new PendingEvent($"{entityId}:release-email", ReleaseEmail, "", entityId, data));
        }

        return ShardDecision.Changed(decision.Account!, answer, pending);
    }

    /// <inheritdoc/>
    protected override Task DispatchAsync(PendingEvent pending, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pending);
        return pending.Type != ReleaseEmail
            ? base.DispatchAsync(pending, cancellationToken)
            : proxies.Create(new ActorId(pending.Data.GetString()!), nameof(EmailActor))
                .InvokeMethodAsync(nameof(IEmailActor.ReleaseAsync), pending.Key, cancellationToken);
    }
}
