using System.Xml.Linq;

namespace StreamActors.Tests.Layout;

/// <summary>Who may know whom: references run one way, and what a room must not touch it cannot reach.</summary>
public class ReferencesTests
{
    private static readonly string Source = FindSource();

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["StreamActors.Protocol.Generator"] = [],
        ["StreamActors.Protocol"] = ["StreamActors.Protocol.Generator"],
        ["StreamActors.Storage"] = ["StreamActors.Protocol"],
        ["StreamActors.Cluster"] = ["StreamActors.Storage"],
        ["StreamActors.Broker"] = ["StreamActors.Cluster"],
        ["StreamActors.Gateway"] = ["StreamActors.Broker"],
        ["StreamActors.Client"] = ["StreamActors.Protocol"],
        ["StreamActors"] = ["StreamActors.Gateway", "StreamActors.Client"],
    };

    [Fact]
    public void Every_project_refers_only_to_those_below_it()
    {
        var projects = Directory.EnumerateFiles(Source, "*.csproj", SearchOption.AllDirectories).ToList();
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), projects.Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));
        foreach (var project in projects)
        {
            var referred = XDocument.Load(project).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Equal(Allowed[Path.GetFileNameWithoutExtension(project)].Order(StringComparer.Ordinal), referred.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("StreamActors.Protocol", "Akka")]
    [InlineData("StreamActors.Storage", "Akka")]
    [InlineData("StreamActors.Client", "Akka")]
    [InlineData("StreamActors.Broker", "System.Net.Sockets")]
    [InlineData("StreamActors.Storage", "StreamActors.Protocol.Messages")]
    public void A_room_does_not_use_what_it_must_not_know(string project, string name)
    {
        var files = Directory.EnumerateFiles(Path.Combine(Source, project), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(files);
        Assert.DoesNotContain(files, path => File.ReadLines(path).Any(line => line.StartsWith($"using {name}", StringComparison.Ordinal)));
    }

    private static string FindSource()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StreamActors.sln"))) return Path.Combine(folder.FullName, "src");
        }

        throw new InvalidOperationException("The tests run outside their repository.");
    }
}
