using System.Text.RegularExpressions;
using StreamActors.Gateway.Apis;

namespace StreamActors.Gateway.Tests.Apis;

public partial class CompatibilityTests
{
    [Fact]
    public void The_page_says_what_is_registered()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "compatibility.md"));
        var told = Row().Matches(page).Select(row => (row.Groups["key"].Value, row.Groups["name"].Value, row.Groups["versions"].Value)).ToList();
        var registered = new ApiTable(FakeNode.Services()).All.Select(handler => (
            ((short)handler.Api.Key).ToString(),
            handler.Api.Name,
            handler.LowestVersion == handler.HighestVersion ? $"{handler.LowestVersion}" : $"{handler.LowestVersion}-{handler.HighestVersion}")).ToList();
        Assert.NotEmpty(told);
        Assert.Equal(registered, told);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "StreamActors.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"^\| (?<key>\d+) \| (?<name>\w+) \| (?<versions>[\d-]+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
