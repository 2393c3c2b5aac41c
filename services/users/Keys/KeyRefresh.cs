using NexusCart.Users.Actors;

namespace NexusCart.Users.Keys;

/// <summary>Reads the ring at start and from time to time, which also drives the rotation.</summary>
internal sealed class KeyRefresh(
    UserActors actors, SigningKeys keys, UsersOptions options, TimeProvider time, ILogger<KeyRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = AfterFailure;
            try
            {
                var next = keys.Take(await actors.KeysAsync(stoppingToken));
                pause = options.KeyRefresh;
                if (next - time.GetUtcNow() is { } left && left < pause)
                    pause = left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(100);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning(failure, "The signing keys could not be read; those known stay in use");
            }

            await Task.Delay(pause, time, stoppingToken);
        }
    }
}
