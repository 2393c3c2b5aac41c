using System.Globalization;
using System.Text;
using Npgsql;

namespace NexusCart.Sidecar.Components.Postgres;

/// <summary>
/// Reads connection strings as PostgreSQL's own library and Dapr's driver take them: <c>host=… user=…</c> with quotes where
/// needed, or a URL <c>postgres://user:password@host:port/database?sslmode=…</c>.
/// </summary>
internal static class PostgresConnectionString
{
    // What Dapr's pool knows and this one does not need.
    private static readonly HashSet<string> Unused = new(StringComparer.Ordinal)
    {
        "pool_max_conn_lifetime", "pool_max_conn_idle_time", "pool_health_check_period", "pool_max_conn_lifetime_jitter",
        "default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity", "target_session_attrs",
    };

    /// <exception cref="FormatException">It cannot be understood.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        var isUrl = text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal);
        foreach (var (name, value) in isUrl ? OfUrl(text) : OfWords(text))
            Set(builder, name, value);
        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "host" or "hostaddr":
                builder.Host = value;
                break;
            case "port":
                builder.Port = Number(name, value);
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "dbname" or "database":
                builder.Database = value;
                break;
            case "sslmode":
                builder.SslMode = SslModeOf(value);
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "sslcert":
                builder.SslCertificate = value;
                break;
            case "sslkey":
                builder.SslKey = value;
                break;
            case "connect_timeout":
                builder.Timeout = Number(name, value);
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "search_path":
                builder.SearchPath = value;
                break;
            case "options":
                builder.Options = value;
                break;
            case "pool_max_conns":
                builder.MaxPoolSize = Number(name, value);
                break;
            case "pool_min_conns":
                builder.MinPoolSize = Number(name, value);
                break;
            default:
                if (!Unused.Contains(name))
                    throw new FormatException($"the connection string has '{name}', which is not known here");
                break;
        }
    }

    private static SslMode SslModeOf(string value) => value switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => throw new FormatException($"the connection string has the sslmode '{value}'"),
    };

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"the connection string has '{name}={value}', which is no number");

    private static IEnumerable<(string Name, string Value)> OfUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            throw new FormatException("the connection string is no URL");
        if (url.Host.Length > 0)
            yield return ("host", url.Host.Trim('[', ']'));
        if (url.Port > 0)
            yield return ("port", url.Port.ToString(CultureInfo.InvariantCulture));
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            yield return ("user", Uri.UnescapeDataString(user[0]));
        if (user.Length == 2)
            yield return ("password", Uri.UnescapeDataString(user[1]));
        if (url.AbsolutePath.Length > 1)
            yield return ("database", Uri.UnescapeDataString(url.AbsolutePath[1..]));
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            yield return (Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
        }
    }

    private static IEnumerable<(string Name, string Value)> OfWords(string text)
    {
        for (var at = Skip(text, 0); at < text.Length; at = Skip(text, at))
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0)
                throw new FormatException($"the connection string has no value after '{text[at..]}'");
            var name = text[at..equals].Trim();
            at = Skip(text, equals + 1);
            yield return (name, Value(text, ref at));
        }
    }

    private static int Skip(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at;
    }

    private static string Value(string text, ref int at)
    {
        var value = new StringBuilder();
        var isQuoted = at < text.Length && text[at] == '\'';
        if (isQuoted)
            at++;
        for (; at < text.Length; at++)
        {
            if (isQuoted ? text[at] == '\'' : char.IsWhiteSpace(text[at]))
                break;
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            value.Append(text[at]);
        }

        if (isQuoted && at++ >= text.Length)
            throw new FormatException("the connection string has a quote that does not end");
        return value.ToString();
    }
}
