using NexusCart.Notifications.Domain;

namespace NexusCart.Notifications.Mail;

/// <summary>The templates, which are resources of the program: Templates/{locale}/{kind}.txt.</summary>
public sealed class TemplateShelf
{
    private readonly Dictionary<MailKind, MailTemplate> _templates;

    /// <param name="locale">"en", "de".</param>
    /// <exception cref="InvalidOperationException">There are no templates of that locale, or not all.</exception>
    public TemplateShelf(string locale) => _templates = Enum.GetValues<MailKind>().ToDictionary(kind => kind, kind => Read(locale, kind));

    /// <summary>The locales there are.</summary>
    public static IReadOnlyList<string> Locales { get; } =
        [.. typeof(TemplateShelf).Assembly.GetManifestResourceNames().Where(name => name.Contains('/')).Select(name => name.Split('/')[0]).Distinct()];

    /// <summary>The template of a kind of mail.</summary>
    public MailTemplate this[MailKind kind] => _templates[kind];

    private static MailTemplate Read(string locale, MailKind kind)
    {
        using var stream = typeof(TemplateShelf).Assembly.GetManifestResourceStream($"{locale}/{kind}")
            ?? throw new InvalidOperationException($"There is no template '{locale}/{kind}'; locales: {string.Join(", ", Locales)}.");
        using var reader = new StreamReader(stream);
        return new MailTemplate(reader.ReadToEnd());
    }
}
