using Dapr.Common;

namespace Dapr.Workflow.Registration;

/// <summary>What workflow registrations hang on.</summary>
public interface IDaprWorkflowBuilder : IDaprServiceBuilder;
