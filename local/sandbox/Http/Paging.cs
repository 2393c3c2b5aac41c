using System.Text.Json;
using NexusCart.Sandbox.Intents;

namespace NexusCart.Sandbox.Http;

/// <summary>The provider's cursor lists: newest first, <c>limit</c> 1 to 100, <c>starting_after</c>, <c>ending_before</c>, <c>created[…]</c>.</summary>
public static class Paging
{
    /// <summary>Renders one page.</summary>
    /// <param name="url">The list's path.</param>
    /// <param name="form">The query.</param>
    /// <param name="oldestFirst">Ids in the order of creation.</param>
    /// <param name="find">The object of an id.</param>
    /// <param name="created">When it was created.</param>
    /// <param name="write">Renders one object.</param>
    /// <param name="filter">What belongs to the list; all by default.</param>
    public static byte[] Page<T>(
        string url,
        StripeForm form,
        IReadOnlyList<string> oldestFirst,
        Func<string, T> find,
        Func<T, DateTimeOffset> created,
        Action<Utf8JsonWriter, T> write,
        Func<T, bool>? filter = null)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(oldestFirst);
        var limit = form.Positive("limit") ?? 10;
        if (limit > 100)
            throw new ApiException(ApiError.Invalid("parameter_invalid_integer", "limit", "This value must be less than or equal to 100."));
        var backwards = form.Text("ending_before");
        var matching = Walk(form.Text("starting_after"), backwards, oldestFirst)
            .Select(find)
            .Where(item => InWindow(form, created(item)) && (filter is null || filter(item)))
            .Take((int)limit + 1)
            .ToList();
        var hasMore = matching.Count > limit;
        if (hasMore)
            matching.RemoveAt(matching.Count - 1);
        if (backwards is not null)
            matching.Reverse();
        return StripeJson.Bytes(writer => StripeJson.WriteList(writer, url, matching, hasMore, item => write(writer, item)));
    }

    private static IEnumerable<string> Walk(string? after, string? before, IReadOnlyList<string> oldestFirst)
    {
        if (before is not null)
        {
            for (var i = IndexOf(oldestFirst, before, "ending_before") + 1; i < oldestFirst.Count; i++)
                yield return oldestFirst[i];
            yield break;
        }

        for (var i = after is null ? oldestFirst.Count - 1 : IndexOf(oldestFirst, after, "starting_after") - 1; i >= 0; i--)
            yield return oldestFirst[i];
    }

    private static int IndexOf(IReadOnlyList<string> ids, string id, string param)
    {
        for (var i = ids.Count - 1; i >= 0; i--)
        {
            if (ids[i] == id)
                return i;
        }

        throw new ApiException(ApiError.Missing("object", id, param));
    }

    // The provider counts in whole seconds.
    private static bool InWindow(StripeForm form, DateTimeOffset created)
    {
        var second = created.ToUnixTimeSeconds();
        return !(form.Positive("created[gte]") > second)
            && !(form.Positive("created[gt]") >= second)
            && !(form.Positive("created[lte]") < second)
            && !(form.Positive("created[lt]") <= second);
    }
}
