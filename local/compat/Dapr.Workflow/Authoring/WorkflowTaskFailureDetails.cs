using System.Collections.Concurrent;

namespace Dapr.Workflow;

/// <summary>How an activity or workflow failed, as it travels between processes.</summary>
public class WorkflowTaskFailureDetails
{
    private static readonly ConcurrentDictionary<string, Type?> TypesByName = new(StringComparer.Ordinal);

    /// <summary>Makes the details.</summary>
    /// <param name="errorType">The exception's type, by full name.</param>
    /// <param name="errorMessage">Its message.</param>
    /// <param name="stackTrace">Where it was thrown.</param>
    public WorkflowTaskFailureDetails(string errorType, string errorMessage, string? stackTrace = null)
    {
        ErrorType = errorType;
        ErrorMessage = errorMessage;
        StackTrace = stackTrace;
    }

    /// <summary>The exception's type, by full name.</summary>
    public string ErrorType { get; }

    /// <summary>Its message.</summary>
    public string ErrorMessage { get; }

    /// <summary>Where it was thrown.</summary>
    public string? StackTrace { get; }

    /// <summary>Whether the exception was a <typeparamref name="T"/> or derived from it; false when its type is not known here.</summary>
    /// <typeparam name="T">An exception type.</typeparam>
    /// <returns>True when it was.</returns>
    public bool IsCausedBy<T>()
        where T : Exception
    {
        if (ErrorType == typeof(T).FullName)
            return true;

        return TypesByName.GetOrAdd(ErrorType, FindType) is { } type && typeof(T).IsAssignableFrom(type);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private static Type? FindType(string fullName)
    {
        if (Type.GetType(fullName, throwOnError: false) is { } known)
            return known;

        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            if (assembly.GetType(fullName, throwOnError: false) is { } found)
                return found;
        }

        return null;
    }
}
