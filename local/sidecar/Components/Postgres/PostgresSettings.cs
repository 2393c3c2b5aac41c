using NexusCart.Sidecar.Resources;
using Npgsql;

namespace NexusCart.Sidecar.Components.Postgres;

/// <summary>
/// The settings that Dapr's PostgreSQL components share: <c>connectionString</c>, or its parts <c>host</c>, <c>port</c>, <c>user</c>,
/// <c>password</c>, <c>database</c>; <c>maxConns</c>; <c>timeout</c> of a call (20s).
/// </summary>
internal static class PostgresSettings
{
    // Statements are few and always the same: the server plans each once per connection.
    private const int PreparedStatements = 32;

    /// <exception cref="ArgumentException">The connection string is missing or wrong.</exception>
    public static NpgsqlDataSource ToDataSource(this ComponentSpec spec)
    {
        try
        {
            var builder = PostgresConnectionString.Parse(spec.Find("connectionString") ?? FromParts(spec));
            builder.MaxAutoPrepare = PreparedStatements;
            builder.CommandTimeout = (int)Math.Ceiling(Timeout(spec).TotalSeconds);
            builder.MaxPoolSize = spec.Number("maxConns", builder.MaxPoolSize, minimum: 1);
            builder.ApplicationName ??= "nexuscart-" + spec.Name;
            return new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
        }
        catch (FormatException e)
        {
            throw ComponentSettings.Invalid(spec, "connectionString", e.Message);
        }
    }

    private static TimeSpan Timeout(ComponentSpec spec)
    {
        var timeout = spec.Duration(spec.Find("timeout") is null ? "timeoutInSeconds" : "timeout", TimeSpan.FromSeconds(20));
        return timeout >= TimeSpan.FromSeconds(1) ? timeout : throw ComponentSettings.Invalid(spec, "timeout", "must be 1s at least");
    }

    private static string FromParts(ComponentSpec spec)
    {
        var parts = new List<string>();
        foreach (var name in (ReadOnlySpan<string>)["host", "hostaddr", "port", "user", "password", "database", "sslRootCert"])
        {
            if (spec.Find(name) is { } value)
                parts.Add($"{name.ToLowerInvariant()}='{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'");
        }

        return parts.Count > 0 ? string.Join(' ', parts) : spec.Required("connectionString");
    }
}
