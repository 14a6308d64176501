using System.Collections.Immutable;

namespace StreamActors.Configuration.Hocon;

/// <summary>
/// Replaces substitutions. Each is looked up where it is needed, by structure first, so that an object can refer to its own fields; it sees
/// the last value of a key, unless that comes round to itself: then what the key was before. Stacks are lists of assignments, the one
/// that wins first.
/// </summary>
internal sealed class HoconResolver
{
    private readonly HoconObjectNode _root;
    private readonly Func<string, string?> _environment;
    private readonly string[] _dotted;
    private readonly Dictionary<string, HoconValue> _known = new(StringComparer.Ordinal);
    private int _marks;
    private int _lookBacks;
    private int _depth;
    private int _steps;
    private int _characters;

    private HoconResolver(HoconObjectNode root, Func<string, string?> environment, string[] dotted) =>
        (_root, _environment, _dotted) = (root, environment, dotted);

    /// <param name="environment">Looked in for what the document does not define.</param>
    /// <param name="dotted">Path of an object whose keys have dots in them, so that the rest of a path there is one key.</param>
    public static HoconObject Resolve(HoconObjectNode root, Func<string, string?> environment, string[] dotted)
    {
        var resolver = new HoconResolver(root, environment, dotted);
        return (HoconObject?)resolver.Evaluate([new HoconAssignment(root)]) ?? new HoconObject(root.Origin, []);
    }

    /// <summary>The value of a stack; null when all of it is optional substitutions of what does not exist.</summary>
    private HoconValue? Evaluate(List<HoconAssignment> stack)
    {
        if (++_depth > HoconLimits.Chain)
            throw new HoconException(stack[0].Node.Origin, $"substitutions lead to each other over more than {HoconLimits.Chain} steps");
        var layers = new List<HoconNode>();
        var marked = new List<HoconAssignment>();
        try
        {
            var (scalar, _) = Collect(stack, layers, marked);
            return layers.Count == 0 ? scalar : Build(layers);
        }
        finally
        {
            marked.ForEach(Unmark);
            _depth--;
        }
    }

    /// <summary>Gathers the objects that make up the value, the one that wins first; if none does, the value that does instead.</summary>
    /// <param name="marked">
    /// Receives the assignments that stay marked until the whole value is there, those of the key itself; null where a substitution was
    /// followed to other keys, since their objects may well be needed again within the value.
    /// </param>
    /// <returns>That value, and whether what is below is hidden.</returns>
    private (HoconValue? Value, bool Hides) Collect(List<HoconAssignment> stack, List<HoconNode> layers, List<HoconAssignment>? marked)
    {
        var first = layers.Count;
        for (var i = 0; i < stack.Count; i++)
        {
            var assignment = stack[i];
            Step(assignment.Node.Origin);
            if (assignment.Node is HoconObjectNode)
            {
                layers.Add(assignment.Node);
                continue;
            }

            if (assignment.Node is HoconScalarNode scalar)
                return (scalar.Value, true);
            if (assignment.Node is HoconResolvedNode { Value: not HoconObject } plain)
                return (plain.Value, true);
            if (assignment.Node is HoconResolvedNode)
            {
                layers.Add(assignment.Node);
                continue;
            }

            if (assignment.IsEvaluating || assignment.IsFollowed)
            {
                // It needs itself: all that counts is what the key was before.
                layers.RemoveRange(first, layers.Count - first);
                _lookBacks++;
                continue;
            }

            Mark(assignment);
            marked?.Add(assignment);
            var (value, hides) = assignment.Node switch
            {
                HoconSubstitutionNode substitution => Layers(assignment, substitution, layers, isLast: i == stack.Count - 1 && layers.Count == 0),
                HoconMergeNode merge => Layers(assignment, merge, layers),
                // An array below an object does not show, so it need not be worked out.
                HoconArrayNode or HoconAppendNode when layers.Count > first => (null, true),
                HoconAppendNode append => (Append(append, stack[(i + 1)..]), true),
                _ => Computed(assignment.Node, layers),
            };
            if (marked is null)
                Unmark(assignment);
            if (hides)
                return (value, true);
        }

        return (null, false);
    }

    private (HoconValue? Value, bool Hides) Layers(
        HoconAssignment assignment, HoconSubstitutionNode substitution, List<HoconNode> layers, bool isLast)
    {
        if (isLast)
            return AsLayer(Value(substitution), layers);
        var stack = Follow(assignment, substitution);
        return stack.Count > 0 ? Collect(stack, layers, marked: null) : AsLayer(Missing(substitution), layers);
    }

    private (HoconValue? Value, bool Hides) Layers(HoconAssignment assignment, HoconMergeNode merge, List<HoconNode> layers)
    {
        foreach (var piece in Enumerable.Reverse(merge.Pieces))
        {
            if (piece is not HoconSubstitutionNode substitution)
            {
                layers.Add(piece);
                continue;
            }

            var (value, _) = Layers(assignment, substitution, layers, isLast: false);
            if (value is not null)
                throw new HoconException(piece.Origin, $"an object cannot be joined to {value.Kind}");
        }

        return (null, false);
    }

    private (HoconValue? Value, bool Hides) Computed(HoconNode node, List<HoconNode> layers) => AsLayer(
        node switch
        {
            HoconArrayNode array => new HoconArray(array.Origin, [.. array.Items.Select(Item).OfType<HoconValue>()]),
            HoconConcatenationNode concatenation => Join(concatenation),
            _ => throw new InvalidOperationException($"no value can be computed of {node.GetType().Name}"),
        },
        layers);

    private static (HoconValue? Value, bool Hides) AsLayer(HoconValue? value, List<HoconNode> layers)
    {
        if (value is not HoconObject)
            return (value, value is not null);
        layers.Add(new HoconResolvedNode(value));
        return (null, false);
    }

    private HoconObject Build(List<HoconNode> layers)
    {
        if (layers is [HoconResolvedNode { Value: HoconObject only }])
            return only;
        var fields = new List<KeyValuePair<string, HoconValue>>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in Enumerable.Reverse(layers).SelectMany(KeysOf))
        {
            if (!keys.Add(key))
                continue;
            var stack = new List<HoconAssignment>();
            foreach (var layer in layers)
                AddField(layer, key, stack);
            var circle = stack.Find(assignment => assignment.IsEvaluating && assignment.Node is not HoconSubstitutionNode { IsOptional: true });
            if (Evaluate(stack) is { } value)
                fields.Add(new(key, value));
            else if (circle is not null)
                throw new HoconException(circle.Node.Origin, $"the value of {key} refers back to itself");
        }

        return new HoconObject(layers[0].Origin, fields);
    }

    private static IEnumerable<string> KeysOf(HoconNode layer) => layer is HoconObjectNode node
        ? node.Fields.Keys
        : ((HoconObject)((HoconResolvedNode)layer).Value).Fields.Select(field => field.Key);

    /// <summary>Adds what an object says about a key; true where that hides all below.</summary>
    private static bool AddField(HoconNode layer, string key, List<HoconAssignment> stack)
    {
        if (layer is HoconResolvedNode { Value: HoconObject value })
        {
            if (!value.TryGet(key, out var field))
                return false;
            stack.Add(new HoconAssignment(new HoconResolvedNode(field)));
            return field is not HoconObject;
        }

        if (layer is not HoconObjectNode node || !node.Fields.TryGetValue(key, out var assignments))
            return false;
        for (var i = assignments.Count - 1; i >= 0; i--)
        {
            stack.Add(assignments[i]);
            // An array hides what is below as well, but may refer to it.
            if (assignments[i].Node is HoconScalarNode)
                return true;
        }

        return false;
    }

    private HoconValue? Item(HoconNode node) => node is HoconSubstitutionNode substitution ? Value(substitution) : Evaluate([new HoconAssignment(node)]);

    private HoconArray Append(HoconAppendNode append, List<HoconAssignment> before)
    {
        var items = before.Count == 0 ? null : Evaluate(before) switch
        {
            null or HoconScalar { IsNull: true } => null,
            HoconArray array => array,
            var other => throw new HoconException(append.Origin, $"+= needs an array, but what stands before ({other.Origin}) is {other.Kind}"),
        };
        var added = Item(append.Item);
        ImmutableArray<HoconValue> all = [.. items?.Items ?? [], .. added is null ? (ReadOnlySpan<HoconValue>)[] : [added]];
        Characters(all.Length, append.Origin);
        return new HoconArray(append.Origin, all);
    }

    private HoconValue? Join(HoconConcatenationNode concatenation)
    {
        var pieces = concatenation.Pieces.Select(piece => (Node: piece, Value: piece is HoconBlankNode ? null : Item(piece))).ToList();
        var values = pieces.Where(piece => piece.Value is not null).Select(piece => piece.Value!).ToList();
        if (values.Count == 0)
            return null;
        var isObject = values.Exists(value => value is HoconObject);
        var isArray = values.Exists(value => value is HoconArray);
        if (isObject || isArray)
        {
            var stranger = values.Find(value => isObject ? value is not HoconObject : value is not HoconArray);
            if (stranger is not null)
                throw new HoconException(concatenation.Origin, $"{(isObject ? "an object" : "an array")} cannot be joined to {stranger.Kind}");
            if (isObject)
                return Build([.. Enumerable.Reverse(values).Select(value => new HoconResolvedNode(value))]);
            ImmutableArray<HoconValue> items = [.. values.SelectMany(value => ((HoconArray)value).Items)];
            Characters(items.Length, concatenation.Origin);
            return new HoconArray(concatenation.Origin, items);
        }

        var texts = pieces.Select(piece => piece.Node is HoconBlankNode blank ? blank.Text : (piece.Value as HoconScalar)?.Text ?? "").ToList();
        Characters(texts.Sum(text => text.Length), concatenation.Origin);
        return new HoconScalar(concatenation.Origin, string.Concat(texts), isQuoted: true);
    }

    private HoconValue? Value(HoconSubstitutionNode substitution)
    {
        foreach (var path in Candidates(substitution))
        {
            var name = HoconPath.Render(path);
            if (_known.TryGetValue(name, out var known))
                return known;
            var (marks, lookBacks) = (_marks, _lookBacks);
            if (Find(path) is not { Count: > 0 } stack || Evaluate(stack) is not { } value)
                continue;
            // A value found while another one is worked out may owe its form to where the search began.
            if (marks == 0 || lookBacks == _lookBacks)
                _known[name] = value;
            return value;
        }

        return Missing(substitution);
    }

    private HoconScalar? Missing(HoconSubstitutionNode substitution)
    {
        var name = string.Join('.', substitution.Path);
        if (_environment(name) is { } text)
            return new HoconScalar(HoconOrigin.Of($"environment variable {name}"), text, isQuoted: false);
        if (substitution.IsOptional)
            return null;
        var why = _lookBacks > 0 ? "is not defined, or refers back to itself" : "is defined neither in the configuration nor in the environment";
        throw new HoconException(substitution.Origin, $"${{{HoconPath.Render(substitution.Path)}}} {why}");
    }

    private List<HoconAssignment> Follow(HoconAssignment assignment, HoconSubstitutionNode substitution)
    {
        assignment.IsFollowed = true;
        _marks++;
        try
        {
            return Candidates(substitution).Select(Find).FirstOrDefault(stack => stack.Count > 0) ?? [];
        }
        finally
        {
            assignment.IsFollowed = false;
            _marks--;
        }
    }

    private static IEnumerable<string[]> Candidates(HoconSubstitutionNode substitution) =>
        substitution.Prefix.Length == 0 ? [substitution.Path] : [[.. substitution.Prefix, .. substitution.Path], substitution.Path];

    private List<HoconAssignment> Find(string[] path)
    {
        if (++_depth > HoconLimits.Chain)
            throw new HoconException(_root.Origin, $"substitutions lead to each other over more than {HoconLimits.Chain} steps, at {HoconPath.Render(path)}");
        var stack = new List<HoconAssignment> { new(_root) };
        for (var i = 0; i < path.Length && stack.Count > 0; i++)
        {
            var isDotted = i == _dotted.Length && i > 0 && path.AsSpan(0, i).SequenceEqual(_dotted);
            var key = isDotted ? string.Join('.', path[i..]) : path[i];
            var below = new List<HoconAssignment>();
            Child(stack, key, below);
            stack = below;
            if (isDotted)
                break;
        }

        _depth--;
        return stack;
    }

    /// <summary>Finds what a stack says about a key of it, without working out more than it must.</summary>
    private bool Child(List<HoconAssignment> stack, string key, List<HoconAssignment> found)
    {
        // A key whose value needs something below that key itself means what was there before.
        var self = stack.FindLastIndex(IsSelf);
        if (self >= 0)
            _lookBacks++;
        foreach (var assignment in stack.Skip(self + 1))
        {
            Step(assignment.Node.Origin);
            switch (assignment.Node)
            {
                case HoconObjectNode or HoconResolvedNode { Value: HoconObject }:
                    if (AddField(assignment.Node, key, found))
                        return true;
                    break;
                case HoconScalarNode or HoconArrayNode or HoconAppendNode or HoconResolvedNode:
                    return true;
                case HoconSubstitutionNode substitution:
                    if (ChildOf(assignment, substitution, key, found))
                        return true;
                    break;
                case HoconMergeNode merge:
                    foreach (var piece in Enumerable.Reverse(merge.Pieces))
                    {
                        if (piece is HoconSubstitutionNode one ? ChildOf(assignment, one, key, found) : AddField(piece, key, found))
                            return true;
                    }

                    break;
                default:
                    if (Evaluate([assignment]) is { } value && (value is not HoconObject || AddField(new HoconResolvedNode(value), key, found)))
                        return true;
                    break;
            }
        }

        return false;
    }

    private static bool IsSelf(HoconAssignment assignment) =>
        assignment.IsFollowed || (assignment.IsEvaluating && assignment.Node is HoconConcatenationNode or HoconArrayNode or HoconAppendNode);

    private bool ChildOf(HoconAssignment assignment, HoconSubstitutionNode substitution, string key, List<HoconAssignment> found)
    {
        var stack = Follow(assignment, substitution);
        return stack.Count > 0 ? Child(stack, key, found) : Missing(substitution) is not null;
    }

    private void Mark(HoconAssignment assignment)
    {
        assignment.IsEvaluating = true;
        _marks++;
    }

    private void Unmark(HoconAssignment assignment)
    {
        assignment.IsEvaluating = false;
        _marks--;
    }

    private void Step(HoconOrigin origin)
    {
        if (++_steps > HoconLimits.Steps)
            throw new HoconException(origin, $"resolving the substitutions takes more than {HoconLimits.Steps} steps");
    }

    private void Characters(int count, HoconOrigin origin)
    {
        _characters += count;
        if (_characters > HoconLimits.ConcatenatedCharacters)
            throw new HoconException(origin, $"joined values make up more than {HoconLimits.ConcatenatedCharacters} characters");
    }
}
