using System.Globalization;
using System.Text;

namespace NexusCart.Sidecar.Cel;

internal enum CelTokenKind
{
    End,
    Identifier,
    Operator,
    Literal,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">Its spelling.</param>
/// <param name="Value">The value of a literal.</param>
/// <param name="Position">Where it starts, from 0.</param>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, object? Value, int Position);

/// <summary>Splits an expression into words.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Operators =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ".", ",", "?", ":"];

    private int _position;

    public CelToken Next()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            _position++;
        if (_position == text.Length)
            return new CelToken(CelTokenKind.End, "end of expression", null, _position);
        var start = _position;
        var first = text[start];
        if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1])))
            return Number(start);
        if (first is '"' or '\'')
            return String(start, raw: false);
        if (first is 'r' or 'R' && start + 1 < text.Length && text[start + 1] is '"' or '\'')
        {
            _position++;
            return String(start, raw: true);
        }

        if (first == '_' || char.IsAsciiLetter(first))
            return Word(start);
        foreach (var candidate in Operators)
        {
            if (string.CompareOrdinal(text, start, candidate, 0, candidate.Length) != 0)
                continue;
            _position += candidate.Length;
            return new CelToken(CelTokenKind.Operator, candidate, null, start);
        }

        throw new CelException($"unexpected character '{first}' at position {start} of '{text}'");
    }

    private CelToken Word(int start)
    {
        while (_position < text.Length && (text[_position] == '_' || char.IsAsciiLetterOrDigit(text[_position])))
            _position++;
        var word = text[start.._position];
        return word switch
        {
            "true" => new CelToken(CelTokenKind.Literal, word, true, start),
            "false" => new CelToken(CelTokenKind.Literal, word, false, start),
            "null" => new CelToken(CelTokenKind.Literal, word, null, start),
            "in" => new CelToken(CelTokenKind.Operator, word, null, start),
            _ => new CelToken(CelTokenKind.Identifier, word, null, start),
        };
    }

    private CelToken Number(int start)
    {
        if (text[start] == '0' && start + 1 < text.Length && text[start + 1] is 'x' or 'X')
            return Hexadecimal(start);
        var isDouble = false;
        while (_position < text.Length)
        {
            var c = text[_position];
            var isExponent = c is 'e' or 'E';
            if (!char.IsAsciiDigit(c) && c != '.' && !isExponent)
                break;
            isDouble |= c == '.' || isExponent;
            _position++;
            if (isExponent && _position < text.Length && text[_position] is '+' or '-')
                _position++;
        }

        var digits = text[start.._position];
        if (!isDouble && _position < text.Length && text[_position] is 'u' or 'U')
            _position++;
        if (isDouble && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var real))
            return new CelToken(CelTokenKind.Literal, digits, real, start);
        if (!isDouble && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
            return new CelToken(CelTokenKind.Literal, digits, whole, start);
        throw new CelException($"'{digits}' at position {start} is no number");
    }

    private CelToken Hexadecimal(int start)
    {
        _position += 2;
        while (_position < text.Length && char.IsAsciiHexDigit(text[_position]))
            _position++;
        var digits = text[(start + 2).._position];
        return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new CelToken(CelTokenKind.Literal, digits, value, start)
            : throw new CelException($"'0x{digits}' at position {start} is no number");
    }

    private CelToken String(int start, bool raw)
    {
        var quote = text[_position++];
        var value = new StringBuilder();
        while (true)
        {
            if (_position >= text.Length)
                throw new CelException($"the string that begins at position {start} does not end");
            var c = text[_position++];
            if (c == quote)
                break;
            value.Append(c == '\\' && !raw ? Escape(start) : c.ToString());
        }

        return new CelToken(CelTokenKind.Literal, text[start.._position], value.ToString(), start);
    }

    private string Escape(int start)
    {
        if (_position >= text.Length)
            throw new CelException($"the string that begins at position {start} does not end");
        var c = text[_position++];
        return c switch
        {
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\\' or '"' or '\'' or '`' or '?' => c.ToString(),
            'x' or 'X' => CodePoint(2, start),
            'u' => CodePoint(4, start),
            'U' => CodePoint(8, start),
            _ => throw new CelException($"unknown escape '\\{c}' in the string that begins at position {start}"),
        };
    }

    private string CodePoint(int digits, int start)
    {
        if (_position + digits <= text.Length
            && uint.TryParse(text.AsSpan(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            && Rune.IsValid(value))
        {
            _position += digits;
            return new Rune(value).ToString();
        }

        throw new CelException($"malformed escape in the string that begins at position {start}");
    }
}
