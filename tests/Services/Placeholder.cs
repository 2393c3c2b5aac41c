namespace NexusCart.Tests.Services;
