namespace NexusCart.Tests.Workflows;
