namespace StreamActors.Configuration.Hocon;

/// <summary>Makes keys with dots of paths, below one object.</summary>
internal static class HoconDottedKeys
{
    /// <summary>Before substitutions are resolved: here nothing is lost yet, since a key keeps all that it was given.</summary>
    public static void Flatten(HoconObjectNode root, ReadOnlySpan<string> path)
    {
        if (!root.Fields.TryGetValue(path[0], out var assignments))
            return;
        for (var i = 0; i < assignments.Count; i++)
        {
            if (assignments[i].Node is not HoconObjectNode node)
                continue;
            if (path.Length > 1)
            {
                Flatten(node, path[1..]);
                continue;
            }

            var flat = new HoconObjectNode(node.Origin);
            Move(node, "", flat);
            assignments[i] = new HoconAssignment(flat);
        }
    }

    /// <summary>Afterwards: objects that came in by substitution.</summary>
    public static HoconObject Flatten(HoconObject root, ReadOnlySpan<string> path)
    {
        var fields = new List<KeyValuePair<string, HoconValue>>();
        if (path.Length == 0)
        {
            Move(root, "", fields);
            return new HoconObject(root.Origin, fields.DistinctBy(field => field.Key));
        }

        foreach (var (key, value) in root.Fields)
            fields.Add(new(key, key == path[0] && value is HoconObject child ? Flatten(child, path[1..]) : value));
        return new HoconObject(root.Origin, fields);
    }

    private static void Move(HoconObjectNode node, string prefix, HoconObjectNode into)
    {
        foreach (var (key, assignments) in node.Fields)
        {
            foreach (var assignment in assignments)
            {
                if (assignment.Node is HoconObjectNode child)
                    Move(child, prefix + key + ".", into);
                else
                    into.Assign([prefix + key], assignment.Node);
            }
        }
    }

    private static void Move(HoconObject node, string prefix, List<KeyValuePair<string, HoconValue>> into)
    {
        foreach (var (key, value) in node.Fields)
        {
            if (value is HoconObject child)
                Move(child, prefix + key + ".", into);
            else
                into.Add(new(prefix + key, value));
        }
    }
}
