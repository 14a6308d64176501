namespace StreamActors.Configuration.Hocon;

/// <summary>
/// Documents laid over each other: what is laid on later wins, objects merge, and substitutions see the whole. Resolve once, when all are there.
/// </summary>
/// <param name="dotted">
/// Path of an object whose keys have dots in them (empty for none): there <c>a.b = 1</c> and <c>a.b.c = 2</c> are two keys and do not contradict.
/// </param>
public sealed class HoconDocument(params string[] dotted)
{
    private readonly HoconObjectNode _root = new(HoconOrigin.Of("configuration"));

    /// <param name="source">Name for messages.</param>
    /// <param name="folder">Where includes are looked for; the current one if not given.</param>
    /// <exception cref="HoconException">The text is not HOCON.</exception>
    public HoconDocument Add(string source, string text, string? folder = null)
    {
        _root.Merge(HoconParser.ParseDocument(source, text, new HoconIncludes(folder ?? Environment.CurrentDirectory), []));
        return this;
    }

    /// <exception cref="HoconException">The file cannot be read, or is not HOCON.</exception>
    public HoconDocument AddFile(string path)
    {
        _root.Merge(HoconIncludes.ReadFile(path));
        return this;
    }

    /// <summary>Sets one value, written as behind an equals sign.</summary>
    public HoconDocument Set(string source, IReadOnlyList<string> path, string value)
    {
        _root.Assign([.. path], HoconParser.ParseValue(source, value, new HoconIncludes(Environment.CurrentDirectory)));
        return this;
    }

    /// <summary>Sets one value to a text that stands for itself.</summary>
    public HoconDocument SetText(string source, IReadOnlyList<string> path, string text)
    {
        _root.Assign([.. path], new HoconScalarNode(new HoconScalar(HoconOrigin.Of(source), text, isQuoted: false)));
        return this;
    }

    /// <exception cref="HoconException">A substitution leads nowhere or round in circles.</exception>
    public HoconObject Resolve(Func<string, string?> environment)
    {
        if (dotted.Length == 0)
            return HoconResolver.Resolve(_root, environment, dotted);
        HoconDottedKeys.Flatten(_root, dotted);
        return HoconDottedKeys.Flatten(HoconResolver.Resolve(_root, environment, dotted), dotted);
    }

    /// <summary>One text, by itself.</summary>
    public static HoconObject Parse(string text, string source = "text", Func<string, string?>? environment = null) =>
        new HoconDocument().Add(source, text).Resolve(environment ?? Environment.GetEnvironmentVariable);
}
