using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace NexusCart.Users.Api;

/// <summary>
/// Hashes passwords: PBKDF2 with HMAC-SHA512 and a salt, slow on purpose. As many at once as there are processors: beyond that, waiting
/// costs nobody anything but those who sign in.
/// </summary>
public sealed class PasswordHasher : IDisposable
{
    private readonly PasswordHasher<object> _hasher;
    private readonly SemaphoreSlim _gate = new(Environment.ProcessorCount);
    private readonly string _nobodys;

    /// <param name="options">How slow.</param>
    public PasswordHasher(UsersOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.PasswordIterations }));
        _nobodys = _hasher.HashPassword(this, "a password that nobody has");
    }

    /// <summary>Hashes a password.</summary>
    public Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        RunAsync(() => _hasher.HashPassword(this, password), cancellationToken);

    /// <summary>Whether a password is the one of a hash. A null hash takes as long and says no, so that the time does not tell who has an account.</summary>
    public Task<bool> VerifyAsync(string? hash, string password, CancellationToken cancellationToken) => RunAsync(
        () => _hasher.VerifyHashedPassword(this, hash ?? _nobodys, password) != PasswordVerificationResult.Failed && hash is not null,
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }
}
