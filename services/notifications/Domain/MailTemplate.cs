using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace NexusCart.Notifications.Domain;

/// <summary>A line of an order in a mail.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Amount">What they cost together: "25.98 EUR"; empty where it does not matter.</param>
public sealed record MailLine(string Title, int Quantity, string Amount);

/// <summary>A mail, in both of its forms.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Text">Plain text.</param>
/// <param name="Html">A whole HTML document.</param>
public sealed record MailText(string Subject, string Text, string Html);

/// <summary>
/// A template: one source for the plain text and the HTML of a mail, so that translators write each sentence once. The first line is
/// "Subject: …"; paragraphs follow with blank lines between. {{name}} is a fact; {{lines}} by itself is the order's lines, and
/// "-> {{link}} Words" by itself is a link. A paragraph with a fact that is empty is left out.
/// </summary>
public sealed partial class MailTemplate
{
    private const string SubjectMark = "Subject: ";
    private const string LinkMark = "-> ";
    private const string LinesFact = "{{lines}}";
    private readonly string _subject;
    private readonly IReadOnlyList<string> _paragraphs;

    /// <param name="source">The template's text.</param>
    /// <exception cref="FormatException">It does not begin with a subject.</exception>
    public MailTemplate(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var parts = source.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2 || !parts[0].StartsWith(SubjectMark, StringComparison.Ordinal))
            throw new FormatException($"A template begins with '{SubjectMark}', a blank line, and paragraphs.");
        _subject = parts[0][SubjectMark.Length..];
        _paragraphs = parts[1..];
    }

    /// <summary>The facts that the template asks for.</summary>
    public IEnumerable<string> Facts => _paragraphs.Append(_subject)
        .SelectMany(text => Fact().Matches(text)).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal);

    /// <summary>Writes the mail.</summary>
    /// <param name="facts">By name. They may hold anything: in HTML they are text, in the subject one line.</param>
    /// <param name="lines">The order's lines, where it is about an order.</param>
    public MailText Render(IReadOnlyDictionary<string, string> facts, IReadOnlyList<MailLine> lines)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(lines);
        var (text, html) = (new StringBuilder(), new StringBuilder());
        foreach (var paragraph in _paragraphs)
        {
            if (paragraph == LinesFact)
                WriteLines(lines, text, html);
            else if (Fact().Matches(paragraph).All(fact => facts.GetValueOrDefault(fact.Groups[1].Value) is { Length: > 0 }))
                WriteParagraph(paragraph, facts, text, html);
        }

        var subject = new string([.. Fill(_subject, facts, value => value).Select(character => char.IsControl(character) ? ' ' : character)]);
        return new MailText(subject, text.ToString(), Page(subject, html.ToString()));
    }

    private static void WriteParagraph(string paragraph, IReadOnlyDictionary<string, string> facts, StringBuilder text, StringBuilder html)
    {
        if (!paragraph.StartsWith(LinkMark, StringComparison.Ordinal))
        {
            text.Append(Fill(paragraph, facts, value => value)).Append("\n\n");
            html.Append("<p>").Append(Fill(WebUtility.HtmlEncode(paragraph), facts, WebUtility.HtmlEncode)!.Replace("\n", "<br>", StringComparison.Ordinal)).Append("</p>\n");
            return;
        }

        var parts = paragraph[LinkMark.Length..].Split(' ', 2);
        var (link, words) = (Fill(parts[0], facts, value => value), Fill(parts[^1], facts, value => value));
        text.Append(words).Append(":\n").Append(link).Append("\n\n");
        html.Append("<p><a href=\"").Append(WebUtility.HtmlEncode(link)).Append("\">").Append(WebUtility.HtmlEncode(words)).Append("</a></p>\n");
    }

    private static void WriteLines(IReadOnlyList<MailLine> lines, StringBuilder text, StringBuilder html)
    {
        if (lines.Count == 0)
            return;
        html.Append("<table cellpadding=\"4\">\n");
        foreach (var line in lines)
        {
            text.Append(null, $"{line.Quantity} x {line.Title}{(line.Amount.Length > 0 ? ": " : "")}{line.Amount}\n");
            html.Append(null, $"<tr><td align=\"right\">{line.Quantity} ×</td><td>{WebUtility.HtmlEncode(line.Title)}</td><td align=\"right\">{WebUtility.HtmlEncode(line.Amount)}</td></tr>\n");
        }

        text.Append('\n');
        html.Append("</table>\n");
    }

    private static string Fill(string text, IReadOnlyDictionary<string, string> facts, Func<string, string?> write) =>
        Fact().Replace(text, match => write(facts.GetValueOrDefault(match.Groups[1].Value, "")) ?? "");

    private static string Page(string subject, string body) =>
        $"<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{WebUtility.HtmlEncode(subject)}</title></head>\n"
        + $"<body style=\"font-family:sans-serif;max-width:40em\">\n{body}</body></html>\n";

    [GeneratedRegex(@"\{\{([a-z]+)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Fact();
}
