using StreamActors.Cluster.Configs;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Configuration;

/// <summary>
/// Settings given as PATH=VALUE. Kafka's names may stand alone; everything else begins with "streamactors" or "akka". A value that begins with
/// a brace, bracket or quote, or contains a substitution, is HOCON; any other stands for itself, so that addresses need no quotes.
/// </summary>
internal static class CommandLineSettings
{
    public static void Apply(HoconDocument document, string set, List<string> problems)
    {
        var equals = set.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            problems.Add($"--set {set}: expected PATH=VALUE");
            return;
        }

        var (name, value) = (set[..equals].Trim(), set[(equals + 1)..]);
        var source = $"--set {name}";
        if (FindPath(name, source, problems) is not { } path)
            return;
        if (value.TrimStart() is ['{' or '[' or '"', ..] || value.Contains("${", StringComparison.Ordinal))
            document.Set(source, path, value);
        else
            document.SetText(source, path, value.Trim());
    }

    private static IReadOnlyList<string>? FindPath(string name, string source, List<string> problems)
    {
        if (ConfigCatalog.TryGetBroker(name, out _))
            return [.. KafkaSettings.Path, name];
        var path = HoconPath.Parse(name, source);
        if (path[0] is "streamactors" or "akka")
            return path;
        var near = KnownSettings.Paths.FirstOrDefault(known => known == $"streamactors.{name}")
            ?? NearestName.Of(name, ConfigCatalog.Broker.All.Select(definition => definition.Name))
            ?? NearestName.Of($"streamactors.{name}", KnownSettings.Paths);
        problems.Add($"{source}: unknown setting {name}" + (near is null ? "; names are Kafka's, or begin with streamactors or akka" : $"; did you mean {near}?"));
        return null;
    }
}
