namespace NexusCart.Sidecar.Cel;

/// <summary>Recursive descent, loosest binding first: <c>?:</c>, <c>||</c>, <c>&amp;&amp;</c>, relations, sums, products, unary, members.</summary>
internal sealed class CelParser
{
    // An expression is a line of configuration; deeper nesting is a mistake, and must not overflow the stack.
    private const int MaxDepth = 100;
    private static readonly HashSet<string> Relations = ["==", "!=", "<", "<=", ">", ">=", "in"];
    private static readonly HashSet<string> Macros = ["all", "exists", "exists_one", "filter", "map"];
    private readonly CelLexer _lexer;
    private readonly string _text;
    private CelToken _token;
    private int _depth;

    public CelParser(string text)
    {
        _text = text;
        _lexer = new CelLexer(text);
        _token = _lexer.Next();
    }

    /// <summary>Parses the whole text.</summary>
    public CelNode ParseExpression()
    {
        var node = Conditional();
        return _token.Kind == CelTokenKind.End ? node : throw Unexpected();
    }

    private CelNode Conditional()
    {
        if (++_depth > MaxDepth)
            throw new CelException($"the expression '{_text}' is nested too deeply");
        var condition = Or();
        if (Accept("?"))
        {
            var then = Conditional();
            Expect(":");
            condition = new ConditionalNode(condition, then, Conditional());
        }

        _depth--;
        return condition;
    }

    private CelNode Or()
    {
        var left = And();
        while (Accept("||"))
            left = new LogicalNode(left, And(), decisive: true);
        return left;
    }

    private CelNode And()
    {
        var left = Relation();
        while (Accept("&&"))
            left = new LogicalNode(left, Relation(), decisive: false);
        return left;
    }

    private CelNode Relation()
    {
        var left = Sum();
        while (_token.Kind == CelTokenKind.Operator && Relations.Contains(_token.Text))
            left = new BinaryNode(TakeOperator(), left, Sum());
        return left;
    }

    private CelNode Sum()
    {
        var left = Product();
        while (_token is { Kind: CelTokenKind.Operator, Text: "+" or "-" })
            left = new BinaryNode(TakeOperator(), left, Product());
        return left;
    }

    private CelNode Product()
    {
        var left = Unary();
        while (_token is { Kind: CelTokenKind.Operator, Text: "*" or "/" or "%" })
            left = new BinaryNode(TakeOperator(), left, Unary());
        return left;
    }

    private CelNode Unary()
    {
        if (_token is not { Kind: CelTokenKind.Operator, Text: "!" or "-" })
            return Member();
        if (++_depth > MaxDepth)
            throw new CelException($"the expression '{_text}' is nested too deeply");
        var node = new UnaryNode(TakeOperator(), Unary());
        _depth--;
        return node;
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            if (Accept("."))
            {
                var name = Identifier();
                node = Accept("(") ? Method(node, name) : new SelectNode(node, name);
            }
            else if (Accept("["))
            {
                node = new IndexNode(node, Conditional());
                Expect("]");
            }
            else
            {
                return node;
            }
        }
    }

    private CelNode Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case CelTokenKind.Literal:
                Advance();
                return new LiteralNode(token.Value);
            case CelTokenKind.Identifier:
                Advance();
                return Accept("(") ? Function(token) : new VariableNode(token.Text);
            case CelTokenKind.Operator when Accept("("):
                var inner = Conditional();
                Expect(")");
                return inner;
            case CelTokenKind.Operator when Accept("["):
                return new ListNode(Arguments("]"));
            default:
                throw Unexpected();
        }
    }

    private CelNode Function(CelToken name)
    {
        var arguments = Arguments(")");
        if (name.Text != "has")
            return CallNode.Global(name.Text, arguments);
        return arguments is [SelectNode member]
            ? new HasNode(member)
            : throw new CelException($"has() at position {name.Position} wants one member, such as has(event.data.amount)");
    }

    private CelNode Method(CelNode target, string name)
    {
        var arguments = Arguments(")");
        if (!Macros.Contains(name))
            return CallNode.Method(name, target, arguments);
        return arguments is [VariableNode variable, var body]
            ? new MacroNode(name, target, variable.Name, body)
            : throw new CelException($"{name}() wants a variable and an expression");
    }

    private List<CelNode> Arguments(string end)
    {
        var arguments = new List<CelNode>();
        if (Accept(end))
            return arguments;
        do
        {
            arguments.Add(Conditional());
        }
        while (Accept(","));
        Expect(end);
        return arguments;
    }

    private string Identifier()
    {
        if (_token.Kind != CelTokenKind.Identifier)
            throw Unexpected();
        var name = _token.Text;
        Advance();
        return name;
    }

    private string TakeOperator()
    {
        var text = _token.Text;
        Advance();
        return text;
    }

    private bool Accept(string text)
    {
        if (_token.Kind != CelTokenKind.Operator || _token.Text != text)
            return false;
        Advance();
        return true;
    }

    private void Expect(string text)
    {
        if (!Accept(text))
            throw new CelException($"expected '{text}' but found '{_token.Text}' at position {_token.Position} of '{_text}'");
    }

    private void Advance() => _token = _lexer.Next();

    private CelException Unexpected() => new($"unexpected '{_token.Text}' at position {_token.Position} of '{_text}'");
}
