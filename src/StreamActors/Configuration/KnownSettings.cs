using StreamActors.Cluster.Configs;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Configuration;

/// <summary>Refuses settings that nobody reads: what the reference does not have, under "streamactors", is a mistake. Under "akka" anything goes.</summary>
internal static class KnownSettings
{
    private const string Ours = "streamactors";

    /// <summary>Every setting of ours, Kafka's aside, by its full path.</summary>
    public static IEnumerable<string> Paths => Leaves(Ours, Group(ConfigurationLoader.Reference(), Ours));

    /// <returns>A problem for each unknown setting.</returns>
    public static List<string> Check(HoconObject root)
    {
        var problems = new List<string>();
        foreach (var (key, value) in root.Fields)
        {
            if (key == Ours)
                Check(Ours, value, Group(ConfigurationLoader.Reference(), Ours), problems);
            else if (key != "akka")
                CheckOwn(key, value, problems);
        }

        return problems;
    }

    private static void Check(string path, HoconValue value, HoconObject known, List<string> problems)
    {
        if (value is not HoconObject group)
        {
            problems.Add($"{value.Origin}: {path} is a group of settings, not {value.Kind}");
            return;
        }

        foreach (var (key, child) in group.Fields)
        {
            var childPath = $"{path}.{key}";
            if (childPath == KafkaSettings.PathText)
                continue;
            if (!known.TryGet(key, out var definition))
                problems.Add($"{child.Origin}: unknown setting {childPath}{Suggest(childPath)}");
            else if (definition is HoconObject inner)
                Check(childPath, child, inner, problems);
            else if (child is HoconObject)
                problems.Add($"{child.Origin}: {childPath} is one setting, not a group of them");
        }
    }

    /// <summary>Other names at the top may be used for substitutions, but not be a setting in the wrong place.</summary>
    private static void CheckOwn(string key, HoconValue value, List<string> problems)
    {
        if (NearestName.Of(key, [Ours, "akka"]) is { } near)
            problems.Add($"{value.Origin}: unknown setting {key}; did you mean {near}?");
        var kafka = Leaves(key, value).Where(path => ConfigCatalog.TryGetBroker(path, out _));
        problems.AddRange(kafka.Select(path => $"{value.Origin}: {path} has no effect here; did you mean {KafkaSettings.PathText}.{path}?"));
    }

    private static string Suggest(string path)
    {
        var near = NearestName.Of(path, Paths);
        if (near is not null)
            return $"; did you mean {near}?";
        var name = path[(Ours.Length + 1)..];
        return ConfigCatalog.TryGetBroker(name, out _) ? $"; did you mean {KafkaSettings.PathText}.{name}?" : "";
    }

    private static IEnumerable<string> Leaves(string path, HoconValue value) => value is HoconObject group && path != KafkaSettings.PathText
        ? group.Fields.SelectMany(field => Leaves($"{path}.{field.Key}", field.Value))
        : [path];

    private static HoconObject Group(HoconObject parent, string key) => parent.TryGet(key, out var value) ? (HoconObject)value : parent;
}
