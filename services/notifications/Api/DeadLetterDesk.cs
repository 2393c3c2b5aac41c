using Grpc.Core;
using NexusCart.Notifications.Actors;
using NexusCart.Notifications.Domain;
using NexusCart.Notifications.V1;
using NexusCart.Platform.Actors;
using NexusCart.Platform.Errors;
using DeadLetter = NexusCart.Notifications.Domain.DeadLetter;
using Wire = NexusCart.Notifications.V1;

namespace NexusCart.Notifications.Api;

/// <summary>Looks through the dead letters and has something done about them.</summary>
public sealed class DeadLetterDesk(ShardClient<DeadLetter, DeadLetterCommand, DeadLetterAnswer> shards)
{
    /// <summary>Whole events at once: four of the largest fit into one answer of the actor.</summary>
    private const int Slice = 4;

    /// <summary>Looked at for one page, so that a rare kind does not make one call read everything.</summary>
    private const int MostLookedAt = 400;

    /// <summary>Does something to a dead letter.</summary>
    /// <exception cref="RpcException">NOT_FOUND; FAILED_PRECONDITION: something else was done before.</exception>
    public async Task<DeadLetter> DoAsync(string id, DeadLetterCommand command, CancellationToken cancellationToken)
    {
        if (id.Length is 0 or > 64)
            throw Refusal.NotFound("dead letter", id);
        var answer = await shards.ExecuteAsync(id, command, cancellationToken);
        return answer.Verdict switch
        {
            DeadLetterVerdict.Done => answer.DeadLetter!,
            DeadLetterVerdict.NotFound => throw Refusal.NotFound("dead letter", id),
            _ => throw Refusal.Precondition(
                "dead_letter_not_open",
                answer.DeadLetter!.Status is Domain.DeadLetterStatus.Discarded ? "It was discarded." : "It was replayed, and has not come back."),
        };
    }

    /// <summary>A page of those that match, newest first.</summary>
    public async Task<ListDeadLettersResponse> ListAsync(ListDeadLettersRequest request, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var response = new ListDeadLettersResponse();
        var token = request.PageToken;
        for (var looked = 0; looked < MostLookedAt && response.DeadLetters.Count < limit; looked += Slice)
        {
            var slice = Math.Min(Slice, limit - response.DeadLetters.Count);
            var page = await shards.ReadGroupAsync(0, DeadLetterActor.All, token, slice, cancellationToken);
            response.DeadLetters.AddRange(page.Entities.Where(letter => Matches(letter, request)).Select(letter =>
                letter.ToMessage(Events.DeadLetters.IdOf(letter.Event.Topic, letter.Event.EventId), withPayload: false)));
            token = page.NextToken;
            if (token.Length == 0)
                break;
        }

        response.NextPageToken = token;
        return response;
    }

    /// <summary>Takes somebody who is to be forgotten out of all there are; they are few.</summary>
    public async Task ForgetAsync(Whom about, CancellationToken cancellationToken)
    {
        var token = "";
        do
        {
            var page = await shards.ReadGroupAsync(0, DeadLetterActor.All, token, Slice, cancellationToken);
            foreach (var letter in page.Entities.Where(letter => !ReferenceEquals(letter.Forget(about), letter)))
            {
                await shards.ExecuteAsync(
                    Events.DeadLetters.IdOf(letter.Event.Topic, letter.Event.EventId), new DeadLetterCommand(Forget: about), cancellationToken);
            }

            token = page.NextToken;
        }
        while (token.Length > 0);
    }

    private static bool Matches(DeadLetter letter, ListDeadLettersRequest request) =>
        (request.Topic.Length == 0 || letter.Event.Topic == request.Topic)
        && (request.EventType.Length == 0 || letter.Event.Type == request.EventType)
        && (request.Status is Wire.DeadLetterStatus.Unspecified || (int)letter.Status == (int)request.Status - 1);
}
