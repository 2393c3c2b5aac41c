using System.Text.Json;
using Dapr.Common.Serialization;

namespace Dapr.Workflow.Serialization;

/// <summary>Turns inputs and results into text and back. Kept for older code: <see cref="IDaprSerializer"/> does.</summary>
public interface IWorkflowSerializer : IDaprSerializer;

/// <summary>JSON by System.Text.Json.</summary>
[Obsolete("The JsonWorkflowSerializer has been deprecated in favor of Dapr.Common.JsonDaprSerializer and will be removed with the SDK release coinciding with the release of the Dapr v1.20 runtime.")]
public sealed class JsonWorkflowSerializer : JsonDaprSerializer, IWorkflowSerializer
{
    /// <summary>With web defaults.</summary>
    public JsonWorkflowSerializer()
    {
    }

    /// <summary>With options.</summary>
    /// <param name="options">The options.</param>
    public JsonWorkflowSerializer(JsonSerializerOptions options)
        : base(options)
    {
    }
}
