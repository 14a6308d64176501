namespace StreamActors.Configuration.Hocon;

/// <summary>Turns text into nodes. Substitutions stay as they are; includes are read at once.</summary>
internal sealed class HoconParser
{
    private readonly HoconText _text;
    private readonly HoconIncludes _includes;
    private readonly string[] _prefix;

    /// <param name="prefix">Path of the object into which this text is included.</param>
    private HoconParser(HoconText text, HoconIncludes includes, string[] prefix) => (_text, _includes, _prefix) = (text, includes, prefix);

    /// <summary>A whole document; braces around it are optional.</summary>
    public static HoconObjectNode ParseDocument(string source, string text, HoconIncludes includes, string[] prefix)
    {
        var parser = new HoconParser(new HoconText(source, text), includes, prefix);
        return parser.Document();
    }

    /// <summary>One value, as it may stand behind an equals sign.</summary>
    public static HoconNode ParseValue(string source, string text, HoconIncludes includes)
    {
        var parser = new HoconParser(new HoconText(source, text), includes, []);
        parser._text.SkipLines();
        var value = parser.Value([]);
        parser._text.SkipLines();
        return parser._text.AtEnd ? value : throw parser._text.Expected("the end of the value");
    }

    private HoconObjectNode Document()
    {
        _text.SkipLines();
        if (_text.Peek == '[' && !_text.AtEnd)
            throw new HoconException(_text.Here, "a configuration is an object, not an array");
        if (_text.Peek != '{' || _text.AtEnd)
        {
            var root = new HoconObjectNode(_text.Here);
            Fields(root, null, _prefix);
            return root;
        }

        var node = Object(_prefix);
        _text.SkipLines();
        return _text.AtEnd ? node : throw _text.Expected("nothing more after the closing brace");
    }

    private HoconObjectNode Object(string[] path)
    {
        var node = new HoconObjectNode(_text.Here);
        _text.Next();
        Fields(node, node.Origin, path);
        return node;
    }

    /// <param name="opened">Where the brace was opened that closes these fields; null where the text's end does.</param>
    private void Fields(HoconObjectNode into, HoconOrigin? opened, string[] path)
    {
        CheckDepth(path);
        _text.SkipLines();
        while (!Closes('}', opened))
        {
            if (HoconIncludes.StandsAt(_text))
                _includes.Read(_text, into, path);
            else
                Field(into, path);
            Separator('}', opened is null ? "a comma or a new line" : "a comma, a new line or }");
        }
    }

    private void Field(HoconObjectNode into, string[] path)
    {
        var key = HoconPath.Read(_text);
        string[] full = [.. path, .. key];
        CheckDepth(full);
        _text.SkipLines();
        var origin = _text.Here;
        if (_text.Peek == '{' && !_text.AtEnd)
        {
            into.Assign(key, Value(full));
        }
        else if (_text.StartsWith("+="))
        {
            _text.Skip(2);
            _text.SkipLines();
            into.Assign(key, new HoconAppendNode(origin, Value(full)));
        }
        else if (_text.TryTake('=') || _text.TryTake(':'))
        {
            _text.SkipLines();
            into.Assign(key, Value(full));
        }
        else
        {
            throw _text.Expected($"=, :, += or {{ after the key {HoconPath.Render(key)}");
        }
    }

    private HoconArrayNode Array(string[] path)
    {
        // Elements of arrays have no path; the key takes part in the depth.
        string[] inner = [.. path, "[]"];
        CheckDepth(inner);
        var opened = _text.Here;
        var items = new List<HoconNode>();
        _text.Next();
        _text.SkipLines();
        while (!Closes(']', opened))
        {
            items.Add(Value(inner));
            Separator(']', "a comma, a new line or ]");
        }

        return new HoconArrayNode(opened, items);
    }

    private bool Closes(char closing, HoconOrigin? opened)
    {
        if (_text.AtEnd)
            return opened is null ? true : throw new HoconException(opened.Value, $"what is opened here is never closed by {closing}");
        if (opened is null && _text.Peek == closing)
            throw new HoconException(_text.Here, $"nothing is open that this {closing} closes");
        return _text.TryTake(closing);
    }

    private void Separator(char closing, string expected)
    {
        var newLine = _text.SkipLines();
        if (_text.AtEnd)
            return;
        if (_text.TryTake(','))
            _text.SkipLines();
        else if (!newLine && _text.Peek != closing)
            throw new HoconException(_text.Here, $"expected {expected}, found {_text.Found}; text with special characters goes in quotes");
    }

    private HoconNode Value(string[] path)
    {
        var pieces = new List<HoconNode>();
        while (true)
        {
            var origin = _text.Here;
            var blanks = _text.TakeBlanks();
            if (_text.AtEnd || _text.AtComment || _text.Peek is '\n' or ',' or '}' or ']')
                break;
            var isFirst = pieces.Count == 0;
            if (!isFirst && blanks.Length > 0)
                pieces.Add(new HoconBlankNode(origin, blanks));
            if (Piece(path, isFirst) is not { } piece)
                break;
            pieces.Add(piece);
        }

        return pieces.Count == 0 ? throw _text.Expected("a value") : HoconPieces.Join(pieces);
    }

    private HoconNode? Piece(string[] path, bool isFirst)
    {
        var origin = _text.Here;
        switch (_text.Peek)
        {
            case '{':
                return Object(path);
            case '[':
                return Array(path);
            case '"':
                return new HoconScalarNode(new HoconScalar(origin, HoconStrings.Read(_text), isQuoted: true));
            case '$':
                return Substitution();
        }

        var text = HoconPieces.ReadUnquoted(_text);
        if (text.Length > 0)
            return new HoconScalarNode(new HoconScalar(origin, text, isQuoted: false));
        // What follows a value is judged by whoever looks for the separator.
        return isFirst ? throw new HoconException(origin, $"expected a value, found {_text.Found}; text with it goes in quotes") : null;
    }

    private HoconSubstitutionNode Substitution()
    {
        var origin = _text.Here;
        if (!_text.StartsWith("${"))
            throw new HoconException(origin, "expected { after $; a dollar sign itself goes in quotes");
        _text.Skip(2);
        var isOptional = _text.TryTake('?');
        var path = HoconPath.Read(_text);
        if (!_text.TryTake('}'))
            throw new HoconException(_text.Here, $"expected }} to close the substitution ${{{HoconPath.Render(path)}, found {_text.Found}");
        return new HoconSubstitutionNode(origin, path, isOptional, _prefix);
    }

    private void CheckDepth(string[] path)
    {
        if (path.Length > HoconLimits.Depth)
            throw new HoconException(_text.Here, $"values are nested deeper than {HoconLimits.Depth} levels");
    }
}
