namespace StreamActors.Configuration.Hocon;

/// <summary>What the parser makes: a value that may still have substitutions in it.</summary>
internal abstract class HoconNode(HoconOrigin origin)
{
    public HoconOrigin Origin { get; } = origin;
}

/// <summary>
/// A value given to a key. A key keeps all that it was given, in order: the last one wins, objects merge, and a substitution that comes
/// round to its own key means what the key was before.
/// </summary>
internal sealed class HoconAssignment(HoconNode node)
{
    public HoconNode Node { get; } = node;

    /// <summary>The value is being worked out.</summary>
    public bool IsEvaluating { get; set; }

    /// <summary>The path that it refers to is being looked for.</summary>
    public bool IsFollowed { get; set; }
}

internal sealed class HoconObjectNode(HoconOrigin origin) : HoconNode(origin)
{
    public Dictionary<string, List<HoconAssignment>> Fields { get; } = new(StringComparer.Ordinal);

    public void Assign(ReadOnlySpan<string> path, HoconNode node)
    {
        var target = this;
        foreach (var key in path[..^1])
        {
            var before = target.Assignments(key);
            if (before.Count == 0 || before[^1].Node is not HoconObjectNode child)
                before.Add(new HoconAssignment(child = new HoconObjectNode(node.Origin)));
            target = child;
        }

        var assignments = target.Assignments(path[^1]);
        if (node is HoconObjectNode added && assignments.Count > 0 && assignments[^1].Node is HoconObjectNode merged)
            merged.Merge(added);
        else
            assignments.Add(new HoconAssignment(node));
    }

    /// <summary>What the other object has comes on top. The other one must not be used any more.</summary>
    public void Merge(HoconObjectNode other)
    {
        foreach (var (key, assignments) in other.Fields)
        {
            foreach (var assignment in assignments)
                Assign([key], assignment.Node);
        }
    }

    private List<HoconAssignment> Assignments(string key)
    {
        if (!Fields.TryGetValue(key, out var assignments))
            Fields.Add(key, assignments = []);
        return assignments;
    }
}

internal sealed class HoconArrayNode(HoconOrigin origin, List<HoconNode> items) : HoconNode(origin)
{
    public List<HoconNode> Items { get; } = items;
}

internal sealed class HoconScalarNode(HoconScalar value) : HoconNode(value.Origin)
{
    public HoconScalar Value { get; } = value;
}

/// <param name="prefix">Where the file that it stands in was included: looked for there first.</param>
internal sealed class HoconSubstitutionNode(HoconOrigin origin, string[] path, bool isOptional, string[] prefix) : HoconNode(origin)
{
    public string[] Path { get; } = path;

    public bool IsOptional { get; } = isOptional;

    public string[] Prefix { get; } = prefix;
}

/// <summary>Blanks between the pieces of a concatenation: part of the text, if it becomes text.</summary>
internal sealed class HoconBlankNode(HoconOrigin origin, string text) : HoconNode(origin)
{
    public string Text { get; } = text;
}

/// <summary>Pieces on one line, some of them substitutions, so that it shows later what they become.</summary>
internal sealed class HoconConcatenationNode(HoconOrigin origin, List<HoconNode> pieces) : HoconNode(origin)
{
    public List<HoconNode> Pieces { get; } = pieces;
}

/// <summary>Objects and substitutions that become objects, side by side: merged, the last one on top.</summary>
internal sealed class HoconMergeNode(HoconOrigin origin, List<HoconNode> pieces) : HoconNode(origin)
{
    public List<HoconNode> Pieces { get; } = pieces;
}

/// <summary><c>+=</c>: what the key was before, and one more element.</summary>
internal sealed class HoconAppendNode(HoconOrigin origin, HoconNode item) : HoconNode(origin)
{
    public HoconNode Item { get; } = item;
}

/// <summary>A value that is worked out already.</summary>
internal sealed class HoconResolvedNode(HoconValue value) : HoconNode(value.Origin)
{
    public HoconValue Value { get; } = value;
}
